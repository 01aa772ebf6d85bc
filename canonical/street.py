"""One spelling of street and house, so that addresses can be compared."""

import re
from functools import lru_cache

from canonical.text import fold

_KINDS = {
    "ул": "ул", "улица": "ул", "улицы": "ул", "улице": "ул", "улицу": "ул", "улицей": "ул", "ули": "ул",
    "пр": "пр-кт", "просп": "пр-кт", "проспект": "пр-кт", "проспекта": "пр-кт", "проспекте": "пр-кт",
    "проспекту": "пр-кт", "проспектом": "пр-кт",
    "пр-кт": "пр-кт", "пр-т": "пр-кт", "пр-та": "пр-кт", "пр-ту": "пр-кт", "пр-те": "пр-кт",
    "пр-кта": "пр-кт", "пр-кте": "пр-кт", "пр-кту": "пр-кт",
    "пер": "пер", "переулок": "пер", "переулка": "пер", "переулке": "пер", "переулку": "пер",
    "переулком": "пер", "переулках": "пер",
    "мкр": "мкр", "мкрн": "мкр", "мкр-н": "мкр", "м-н": "мкр", "микрорайон": "мкр", "микрорайона": "мкр",
    "микрорайоне": "мкр", "микрорайону": "мкр", "мкр-не": "мкр", "мкр-на": "мкр",
    "б-р": "б-р", "бульвар": "б-р", "бульвара": "б-р", "бульваре": "б-р", "бульвару": "б-р", "бул": "б-р",
    "наб": "наб", "набережная": "наб", "набережной": "наб", "набережную": "наб",
    "ш": "ш", "шоссе": "ш", "проезд": "пр-д", "проезда": "пр-д", "проезде": "пр-д", "проезду": "пр-д",
    "пр-д": "пр-д", "пр-да": "пр-д",
    "пл": "пл", "площадь": "пл", "площади": "пл", "тупик": "туп", "тупике": "туп", "тракт": "тракт",
    "квартал": "кв-л", "кв-л": "кв-л", "квартала": "кв-л", "квартале": "кв-л",
}  # fmt: skip
_ORDINAL = re.compile(r"(?<=\d)-?[а-я]{1,2}(?![а-я])")  # «2-го» is «2-й» and «2»
_PART = re.compile(r"[a-zа-я]+(?:-[a-zа-я]+)*|\d+")
_ADJECTIVE = re.compile(r"(?<=[а-я]{3})(?:ого|его|ому|ему|ая|яя|ой|ей|ую|юю|ый|ий|ом|ем|ым|им|ое|ее|ых|их)$")
#: Kinds that tell two streets of one name apart; the others are left out as often as written.
_TELLING = frozenset({"мкр", "кв-л", "пер", "пр-д", "туп"})
_HOUSE = re.compile(r"\d+")
_SLASH = re.compile(r"[\\/]")
_LOOSE = re.compile(r"[^0-9a-zа-я/]+")
_BUILDING = re.compile(r"(?:(?<=\d)|(?<=\d[а-я]))(?:корпус|корп|кор|к|строение|стр)(?=\d|[а-я](?![а-я\d]))")

#: Words by which people name the kind of street, in every case, and the short form of each.
STREET_KINDS = _KINDS


@lru_cache(maxsize=4096)
def fold_street(street: str) -> str:
    """Cases of adjectives cut, given names and usual kinds dropped, order kept out: «Литейной улице» and «ул. Литейная»
    → «литейн», «К. Маркса» and «пр-т Карла Маркса» → «маркса», «5 мкр.» → «5 мкр»."""
    parts = _PART.findall(_ORDINAL.sub("", fold(street)))
    kinds = {_KINDS[part] for part in parts if part in _KINDS} & _TELLING
    words = [part for part in parts if part not in _KINDS and part != "имени"] or [
        part
        for part in parts
        if _KINDS.get(part) == "наб" and part != "наб"  # «ул. Набережная» is a name
    ]
    full = _drop_given_name([word for word in words if len(word) > 1 or word.isdigit()] or words)
    return " ".join(sorted(_ADJECTIVE.sub("", word) for word in full) + sorted(kinds))


def _drop_given_name(words: list[str]) -> list[str]:
    """«карла маркса» → «маркса»; «красных партизан» and «50 лет октября» stay whole."""
    whole = len(words) < 2 or any(word.isdigit() for word in words) or _ADJECTIVE.search(words[0])
    return words if whole else words[-1:]


def fold_house(house: str) -> str:
    """«12-Б», «12 б» → «12б»; «5 корп. 2», «5к2», «5\\2» → «5/2»; «№ 7» → «7»."""
    return _BUILDING.sub("/", "/".join(filter(None, _LOOSE.sub("", _SLASH.sub("/", fold(house))).split("/"))))


def base_house(house: str) -> str:
    """The number alone: neighbours in one yard share it. Empty when there is none."""
    found = _HOUSE.search(house)
    return found[0].lstrip("0") if found else ""
