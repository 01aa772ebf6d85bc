"""The words that tell one problem from another, as keyed hashes that carry how telling they are."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable
from functools import lru_cache
from math import sqrt

from canonical.stem import make_skeleton
from canonical.thing import find_thing
from router.duplicates.noise import NOISE
from router.duplicates.shingles import hash_blocks

MAX_WORDS = 64
_LETTERS = 8  # of a skeleton; one block of the hash
_CUT = 6  # of the list of noise
_IS_TELLING = (1).__and__
_FEW = 12.0  # texts of less weight have little to compare


def list_telling(words: Iterable[str]) -> dict[str, bool]:
    """The words that tell one problem from another, in order, without endings and vowels, so that a slip of the pen
    does not matter; True: more than the name of a thing."""
    told: dict[str, bool] = {}
    for found in filter(None, map(_tell, words)):
        told.setdefault(*found)
        if len(told) == MAX_WORDS:
            break
    return told


@lru_cache(maxsize=20_000)
def _tell(word: str) -> tuple[str, bool] | None:
    if (len(word) > 2 or word.isdigit()) and word[:_CUT] not in NOISE:
        return make_skeleton(word)[:_LETTERS], find_thing(word) is None
    return None


def hash_words(words: Iterable[str], key: bytes) -> array[int]:
    """32 bits each, ascending; the lowest is 1 for what is more than the name of a thing."""
    told = list_telling(words)
    hashed = hash_blocks([word.encode("utf-16-le") for word in told], key)
    return array("I", sorted({value & 0xFFFFFFFE | more for value, more in zip(hashed, told.values(), strict=True)}))


def share_words(one: array[int], other: array[int]) -> tuple[float, float]:
    """Of the one that has fewer, how much the other has too; and the cosine of both. 0 to 1."""
    both = set(one) & set(other)
    weights = [_weigh(words) for words in (one, other, both)]
    (first, first_square), (second, second_square), (common, common_square) = weights
    if not common:
        return 0.0, 0.0
    fewer = min(first, second)
    cosine = common_square / sqrt(first_square * second_square)
    return common / max(fewer, _FEW), cosine * min(1.0, fewer / _FEW)


def _weigh(words: Collection[int]) -> tuple[float, float]:
    """The sum of the weights, and of their squares: 1 for the name of a thing, 2 for another word, which says more."""
    telling = sum(map(_IS_TELLING, words))
    return len(words) + telling, len(words) + 3 * telling
