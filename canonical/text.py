"""One spelling of a text, so that texts can be compared: lower case, ё as е, words only."""

import re

_WORD = re.compile(r"[a-zа-я]+|\d+")
_FOLD = str.maketrans({"ё": "е", "Ё": "е"})

#: Longer texts are looked at up to here; what a long letter is about stands at its beginning.
MAX_LOOKED_AT = 20_000


def fold(text: str) -> str:
    """Lower case, ё → е. Length is kept for Russian and Latin letters."""
    return text[:MAX_LOOKED_AT].translate(_FOLD).lower()


def split_words(text: str) -> list[str]:
    """Words and numbers of a text in order, folded: «д.5а» → д, 5, а."""
    return _WORD.findall(fold(text))
