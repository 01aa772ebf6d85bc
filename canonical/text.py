"""One spelling of a text, so that texts can be compared: lower case, ё as е, words only."""

import re
from functools import lru_cache

_WORD = re.compile(r"[a-zа-я]+|\d+")

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
def split_text(text: str) -> tuple[str, ...]:
    """`split_words` of an appeal's whole text, which is asked for several times in a row."""
    return tuple(split_words(text))
