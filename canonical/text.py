"""One spelling of a text, so that texts can be compared: lower case, ё as е, words only."""

import re
from functools import lru_cache

_WORD = re.compile(r"[a-zа-я]+|\d+")
_NO_LETTERS = re.compile(r"[^a-zа-яёA-ZА-ЯЁ]+")
_FEW, _MOST = 12, 0.7
_WHOLE_WORD = re.compile(r"[а-яё]+", re.I)
_NAMELY = 4
#: Words of an address that are no names.
_PLAIN = (
    "дом", "корп", "кварт", "улиц", "просп", "переул", "микрор", "бульв", "набер", "проезд", "шоссе", "площад",
    "пересеч", "перекр", "поселк", "посёлк", "город", "строен", "между",
)  # fmt: skip

#: Longer texts are looked at up to here; what a long letter is about stands at its beginning.
MAX_LOOKED_AT = 20_000
#: So many texts are remembered with what was read in them: one appeal is asked about several times in a row.
TEXTS = 64


def fold(text: str) -> str:
    """Lower case, ё → е. Length is kept for Russian and Latin letters."""
    return text[:MAX_LOOKED_AT].lower().replace("ё", "е")


def split_words(text: str) -> list[str]:
    """Words and numbers of a text in order, folded: «д.5а» → д, 5, а."""
    return _WORD.findall(fold(text))


@lru_cache(maxsize=TEXTS)
def flatten(text: str) -> str:
    """A text as far as it is looked at, on one line, with single spaces."""
    return " ".join(text[:MAX_LOOKED_AT].split())


@lru_cache(maxsize=TEXTS)
def is_shouted(text: str) -> bool:
    """Mostly in capitals: they tell no names."""
    letters = _NO_LETTERS.sub("", text[:MAX_LOOKED_AT])
    return len(letters) >= _FEW and sum(map(str.isupper, letters)) > _MOST * len(letters)


def lower_shouting(text: str) -> str:
    """A shouted text as others write: «УЛ. ЛЕНИНА, ДОМ 5» → «ул. Ленина, дом 5». Length is kept."""
    return _WHOLE_WORD.sub(_lower, text) if is_shouted(text) else text


def _lower(found: re.Match[str]) -> str:
    word = found[0].lower()
    return word if len(word) < _NAMELY or word.startswith(_PLAIN) else word.capitalize()


@lru_cache(maxsize=TEXTS)
def split_text(text: str) -> tuple[str, ...]:
    """`split_words` of an appeal's whole text, which is asked for several times in a row."""
    return tuple(split_words(text))
