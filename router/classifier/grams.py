"""A text as the marks that a topic is told by: its words and pairs of words, and the parts of its words.

Parts of words stand in for a dictionary: Russian endings, typing errors and words nobody has listed share most parts.
A mark is a number, so that a trained model holds no resident's words.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from canonical.clean import squeeze
from canonical.clean_html import html_to_text

Marks = NDArray[np.uint32]

_WORD = re.compile(r"[a-zа-я]+|\d+")
#: Lengths of the parts of a word that count.
SHORTEST, LONGEST = 2, 5
#: Longer texts say nothing new about their topic, and work per text stays bounded (characters).
LONGEST_TEXT = 12_000


def mark(text: str, known: Iterable[str] = ()) -> tuple[Marks, Marks, Marks]:
    """Marks of words and neighbouring pairs, of parts of words, and of what is known beside the text."""
    plain = squeeze(html_to_text(text[:LONGEST_TEXT]))
    words = _WORD.findall(plain.lower().replace("ё", "е"))
    return _mark_words(words), _mark_parts(words), np.fromiter(map(_hash, known), np.uint32)


def _mark_words(words: Sequence[str]) -> Marks:
    pairs = (f"{one} {two}" for one, two in pairwise(words))
    return np.fromiter((_hash(name) for source in (words, pairs) for name in source), np.uint32)


def _mark_parts(words: Sequence[str]) -> Marks:
    return np.fromiter((part for word in words for part in _cut(word)), np.uint32)


@lru_cache(maxsize=65_536)
def _hash(name: str) -> int:
    return zlib.crc32(name.encode())


@lru_cache(maxsize=65_536)
def _cut(word: str) -> tuple[int, ...]:
    """Marks of the word's parts; spaces stand at its ends."""
    padded = f" {word} "
    sizes = range(SHORTEST, min(LONGEST, len(padded)) + 1)
    return tuple(zlib.crc32(padded[at : at + size].encode()) for size in sizes for at in range(len(padded) - size + 1))
