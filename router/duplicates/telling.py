"""The words that tell one problem from another, as keyed hashes that carry how telling they are."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from math import sqrt

from canonical.stem import stem
from canonical.thing import find_thing
from router.duplicates.noise import NOISE
from router.duplicates.shingles import hash_blocks

MAX_WORDS = 64
_LETTERS = 8  # of a stem; one block of the hash
_CUT = 6  # of the list of noise
#: A word for a thing is common to all problems of its kind, any other says more.
_WEIGHTS = (1.0, 2.0)
_FEW = 12.0  # texts of less weight have little to compare


def list_telling(words: Iterable[str]) -> dict[str, bool]:
    """Stems of the words that tell one problem from another, in order; True: more than the name of a thing."""
    told: dict[str, bool] = {}
    for word in words:
        if (len(word) > 2 or word.isdigit()) and word[:_CUT] not in NOISE:
            told.setdefault(stem(word)[:_LETTERS], find_thing(word) is None)
            if len(told) == MAX_WORDS:
                break
    return told


def hash_words(words: Iterable[str], key: bytes) -> array[int]:
    """32 bits each, ascending; the lowest is 1 for what is more than the name of a thing."""
    told = list_telling(words)
    hashed = hash_blocks([word.encode("utf-16-le") for word in told], key)
    return array("I", sorted({value & 0xFFFFFFFE | more for value, more in zip(hashed, told.values(), strict=True)}))


def share_words(one: array[int], other: array[int]) -> tuple[float, float]:
    """Of the one that has fewer, how much the other has too; and the cosine of both. 0 to 1."""
    first, second = _weigh(one), _weigh(other)
    if not (first and second):
        return 0.0, 0.0
    both = set(one) & set(other)
    fewer = min(first, second)
    cosine = _square(both) / sqrt(_square(one) * _square(other))
    return _weigh(both) / max(fewer, _FEW), cosine * min(1.0, fewer / _FEW)


def _weigh(words: Iterable[int]) -> float:
    return sum(_WEIGHTS[word & 1] for word in words)


def _square(words: Iterable[int]) -> float:
    return sum(_WEIGHTS[word & 1] ** 2 for word in words)
