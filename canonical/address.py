"""Reads streets and houses out of a text or an address line, without a list of streets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from canonical import address_grammar as grammar
from canonical.street import STREET_KINDS, fold_house, fold_street
from canonical.text import MAX_LOOKED_AT, TEXTS, flatten, fold, lower_shouting, split_text

#: More addresses than this in one text are a list of complaints, not a place.
MAX_ADDRESSES = 8
_LONGEST_NAME = 2
_BARE_ENDING = re.compile(r"(?:а|я|ы|и|ой|ей|ая|яя|ого|его|их|ых|[сц]кий)$")
_NOT_A_STREET = re.compile(
    r"^(?!\w{4,}ая$)(?:(?:г?ук|жэу|жку|тсж|тсн|жск|гск|ооо|пао|оао|зао|муп|мсч|обуз|цтп|пч|ип|тр?ц)$|(?:январ|феврал|апрел|июн|июл|сентябр|октябр|ноябр|декабр)[яьею]\b|марта?\b|августа?\b|ма[яй]$|школ|поликлин|больниц|группа|"
    r"стать|глав|маршрут|автобус|дом|здани|подъезд|сад|детс|квартир|лиц|гимнази|касс|палат|кабинет|этаж|пункт|"
    r"част|росси|федерац|област|район|город|посел|улиц|котельн|управля|осталось|приш|прош|было|была|были|более|"
    r"около|всего|только|уже|нет|жду|жд[её]м|темпера|минус|плюс|сумм|очеред|скважин|колодц|линия|номер|телефон|"
    r"служб|ост|фз|закон|приказ|постановл|решени|заявк|обращени|поликл|семь|ветк|км|рейс|поезд)"
)
_LOWER_NOISE = re.compile(
    r"\b(?:уже|около|минус|более|всего|стоит|почти|каждые|порядка|через|примерно|нет|не|дом|дома|и|на|в|где|все)\b"
)


@dataclass(frozen=True, slots=True)
class Address:
    """As written. `street` carries its kind («ул. Ленина»); `house` is folded («5/2», «12б»)."""

    street: str
    house: str | None = None

    @property
    def street_key(self) -> str:
        return fold_street(self.street)


@lru_cache(maxsize=TEXTS)  # one appeal's text is read for its place and again for its features
def read_addresses(text: str, line: bool = False) -> tuple[Address, ...]:
    """Addresses in order, each once. `line`: the text is an address field, so «ленина 5» needs no capital."""
    kinds = not grammar.KIND_WORDS.isdisjoint(split_text(text))
    text = flatten(lower_shouting(text))
    found = list(_search(text)) if kinds and grammar.ANY_KIND.search(text) else []
    found += _search_crossings(text)
    named = {address.street_key for _, address in found}
    bare = _search_bare(text, line)
    found += [pair for pair in bare if pair[1].street_key in named] if found else bare
    found.sort(key=lambda pair: pair[0])
    unique: dict[tuple[str, str | None], Address] = {}
    for _, address in found:
        if address.street_key:
            unique.setdefault((address.street_key, address.house), address)
    return tuple(_without_vague(list(unique.values()))[:MAX_ADDRESSES])


def read_settlement(text: str) -> str | None:
    """The first «г. …», «село …», «п. …» as written; None when the text names none with its kind."""
    found = grammar.SETTLEMENT.search(flatten(lower_shouting(text)))
    if found is None:
        return None
    parts = found["name"].split("-")
    way = len(parts) > _LONGEST_NAME and all(part[:1].isupper() for part in parts)
    return parts[0] if way else str(found["name"])  # «на деревню Аксарка-Харп-Салемал» names a road


def read_flat(text: str) -> str | None:
    named = not grammar.FLAT_WORDS.isdisjoint(split_text(text))
    found = grammar.FLAT.search(text[:MAX_LOOKED_AT]) if named else None
    return found[1] if found else None


def _search(text: str) -> Iterator[tuple[int, Address]]:
    for found in grammar.MARKED.finditer(text):
        yield from _spread(found, found["kind"], found["name"], found["houses"])
    for found in grammar.PRECEDED.finditer(text):
        led = "по" in found["by"] or "на" in found["by"]  # «дом 5, ул. Мира, 7»: the 5 is of the street before
        if led or not (found["own"] or found["name"][0].islower()):
            yield from _spread(found, found["kind"], found["name"], found["houses"])
    for found in grammar.PRECEDED_TURNED.finditer(text):
        yield from _spread(found, found["kind"], found["name"], found["houses"])
    for found in grammar.NUMBERED.finditer(text):
        number = found["after"] or found["before"]
        yield from _spread(found, "мкр", number, found["houses"] or found["houses2"])
    for found in grammar.LOWER.finditer(text):
        name = found["name"] or found["name2"] or found["name3"]
        if not _LOWER_NOISE.search(name):
            houses = found["houses"] or found["houses2"] or found["houses3"]
            yield from _spread(found, found["kind"] or found["kind2"], name, houses)
    lower = grammar.TURNED_LOWER.finditer(text) if grammar.TURNED_KIND.search(text) else ()
    for found in chain(grammar.TURNED.finditer(text), lower):
        yield from _spread(found, found["kind"], found["name"], found["houses"])


def _search_crossings(text: str) -> Iterator[tuple[int, Address]]:
    low = text.lower()
    for found in grammar.CROSSING.finditer(text) if any(word in low for word in grammar.CROSSING_WORDS) else ():
        yield from _spread(found, "ул", found["name"], None)
        yield from _spread(found, "ул", found["other"], None)


def _search_bare(text: str, line: bool) -> Iterator[tuple[int, Address]]:
    if not grammar.DIGIT.search(text):
        return
    for found in grammar.BARE.finditer(text):
        name = fold(found["name"]).lstrip("0123456789 ")
        if _is_street(name) and (found["mark"] or _BARE_ENDING.search(name)):
            yield from _spread(found, "", found["name"], found["marked"] or found["houses"])
    for found in grammar.PRECEDED_BARE.finditer(text):
        yield from _spread(found, "", found["name"], found["houses"])
    for found in grammar.SMALL.finditer(text) if grammar.SMALL_ENDING.search(text) else ():
        yield from _spread(found, "", found["name"], found["houses"])
    lower = grammar.BARE_LOWER.match(text) if line else None
    if lower and not _NOT_A_STREET.match(lower["name"]):
        yield from _spread(lower, "", lower["name"], lower["houses"])


def _is_street(name: str) -> bool:
    return not _NOT_A_STREET.match(name) and not grammar.PATRONYMIC.search(name)


def _spread(found: re.Match[str], kind: str, name: str, houses: str | None) -> Iterator[tuple[int, Address]]:
    """One address per house of «д. 5, 7 и 9»; two streets of «ул. Ленина-Мира»."""
    one, _, other = name.partition("-")
    if other[:1].isupper() and not grammar.DOUBLE.match(name) and _BARE_ENDING.search(one):
        yield from (*_spread(found, kind, one, None), *_spread(found, kind, other, houses))
        return
    short = STREET_KINDS.get(fold(kind), "ул" if kind else "")
    street = f"{short}. {name}" if short and "-" not in short else f"{short} {name}".strip()
    numbers = [fold_house(one[0]) for one in grammar.ONE_HOUSE.finditer(houses or "")]
    for house in dict.fromkeys(numbers) or [None]:
        yield found.start(), Address(street, house)


def _without_vague(addresses: list[Address]) -> list[Address]:
    """A street without a house says nothing more when the same street has one."""
    exact = {address.street_key for address in addresses if address.house}
    return [address for address in addresses if address.house or address.street_key not in exact]
