"""A text as sentences, with their places in it. A dot after «ул», «д» or an initial ends none."""

import re
from typing import NamedTuple

from canonical.text import MAX_LOOKED_AT

MAX_SENTENCES = 200
_END = re.compile(r"[.!?…]+[»\"')]*(?=\s+\S)|[.!?…](?=[А-ЯЁ])|\n+")
_SHORT = re.compile(
    r"(?:^|[\s(,«\"])(?:[А-ЯЁA-Z]|г|гг|ул|д|кв|пр|им|т|т\.д|т\.п|т\.е|обл|р|стр|п|с|пос|мкр|ст|пер|к|корп|тел|руб|см|др|"
    r"пл|пр-т|пр-кт|б-р|наб|ш|ж)$|(?:^|\n)\s*\d{1,2}$"
)


class Sentence(NamedTuple):
    """`text[start:end]`, without blanks around it."""

    start: int
    end: int
    text: str


def split_sentences(text: str) -> list[Sentence]:
    """In order; of a very long text the beginning."""
    text, found, start = text[:MAX_LOOKED_AT], [], 0
    for end in _END.finditer(text):
        if text[end.start()] == "." and _SHORT.search(text[max(start, end.start() - 8) : end.start()]):
            continue
        found.append((start, end.end()))
        start = end.end()
    spans = [*found, (start, len(text))]
    return [one for one in (_trim(text, *span) for span in spans) if one.text][:MAX_SENTENCES]


def _trim(text: str, start: int, end: int) -> Sentence:
    inner = text[start:end].strip()
    begin = text.index(inner, start) if inner else start
    return Sentence(begin, begin + len(inner), inner)
