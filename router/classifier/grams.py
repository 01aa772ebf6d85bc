"""A text as the marks that a topic is told by: its words without endings, pairs of them, the parts of its words, and
the concepts that they name.

Parts of words stand in for a dictionary: typing errors and words nobody has listed share most of them.
A mark is a number, so that a trained model holds no resident's words.
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from canonical.clean import squeeze
from canonical.clean_html import html_to_text
from canonical.stem import stem
from router.classifier.concepts import find_concepts

Marks = NDArray[np.uint32]

_WORD = re.compile(r"[a-zа-я]+|\d+")
#: Lengths of the parts of a word that count.
SHORTEST, LONGEST = 2, 5
#: Longer texts say nothing new about their topic, and work per text stays bounded (characters).
LONGEST_TEXT = 12_000
#: How much words and pairs, parts of words, concepts, what is known, and places count, by length of their rows.
SHARES = (1.0, 1.0, 0.55, 1.0, 1.0)
#: A mark that stands in fewer texts teaches nothing. A place does at once: offices are named after theirs.
AT_LEAST = (2, 2, 2, 2, 1)
#: Concepts of one text that are paired with each other: work per text stays bounded.
MOST_PAIRED = 60
_ODD = np.uint32(2_654_435_761)
_SPACE = ord(" ")


def mark(text: str, known: Iterable[str] = (), places: Iterable[str] = ()) -> tuple[Marks, ...]:
    """Marks in the order of SHARES; words go with their neighbours, concepts with each other."""
    words = _WORD.findall(squeeze(html_to_text(text[:LONGEST_TEXT])).lower().replace("ё", "е"))
    return _mark_words(words), _mark_parts(words), _mark_concepts(words), _mark_names(known), _mark_names(places)


def _mark_words(words: Sequence[str]) -> Marks:
    stems = _mark_names(map(stem, words))
    return np.concatenate([stems, _pair(stems[:-1], stems[1:])])


def _mark_parts(words: Sequence[str]) -> Marks:
    """All parts of all words at once, from space to space at most; a part's mark is a polynomial of its letters."""
    letters = np.frombuffer(f" {' '.join(words)} ".encode("utf-32-le"), np.uint32)
    spaces, marks, parts = letters == _SPACE, letters, []
    parted = np.zeros(len(letters), np.bool_)  # holds a space between its ends
    for size in range(SHORTEST, min(LONGEST, len(letters)) + 1):
        marks = marks[:-1] * _ODD + letters[size - 1 :]
        parted = parted[:-1] | spaces[size - 2 : -1] if size > SHORTEST else parted[:-1]
        parts.append(marks[~parted])
    return np.concatenate(parts) if words else np.empty(0, np.uint32)


def _mark_concepts(words: Sequence[str]) -> Marks:
    concepts, fields = find_concepts(words)
    named = _mark_names(concepts)
    each = np.unique(named)[:MOST_PAIRED]
    one, other = _list_pairs(len(each))
    return np.concatenate([named, _mark_names(fields), _pair(each[one], each[other])])


def _mark_names(names: Iterable[str]) -> Marks:
    return np.fromiter(map(_hash, names), np.uint32)


def _pair(first: Marks, second: Marks) -> Marks:
    return first * _ODD ^ second


@lru_cache(maxsize=MOST_PAIRED + 1)
def _list_pairs(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.triu_indices(count, 1)


@lru_cache(maxsize=65_536)
def _hash(name: str) -> int:
    return zlib.crc32(name.encode())
