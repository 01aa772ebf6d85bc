"""What an appeal is about and which names it uses, as keyed hashes: place and thing together tell one problem."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from functools import lru_cache

from canonical.fault import count_faults
from canonical.names import read_names
from canonical.stem import make_skeleton
from canonical.text import split_words
from canonical.thing import BROAD, count_things
from router.case_forms import list_word_forms
from router.duplicates.shingles import hash_text

_SHARE = 255
MAX_THINGS = 12
_ENOUGH = 1.5  # names


def hash_things(words: Sequence[str], key: bytes) -> array[int]:
    return _hash_counts("thing", count_things(words), key)


def hash_faults(words: Sequence[str], key: bytes) -> array[int]:
    return _hash_counts("fault", count_faults(words), key)


def _hash_counts(kind: str, counts: Mapping[str, int], key: bytes) -> array[int]:
    """24 bits of the hash, 8 of the share among all that is named, ascending. What names a branch counts half."""
    total = sum(counts.values())
    found = [(_hash_name(kind, name, key) & 0xFFFFFF) << 8 | _SHARE * number // (total * (1 + (name in BROAD)))
             for name, number in list(counts.items())[:MAX_THINGS]]  # fmt: skip
    return array("I", sorted(found))


@lru_cache(maxsize=1024)  # there are few kinds of things
def _hash_name(kind: str, name: str, key: bytes) -> int:
    return hash_text(f"{kind}:{name}", key)


def hash_names(text: str, key: bytes, town: str = "") -> array[int]:
    """32-bit hashes of the text's proper names, ascending. `town` is too large to be a place in common."""
    names = set(read_names(text)) - _list_town(town)
    return array("I", sorted(hash_text(f"named:{name}", key) & 0xFFFFFFFF for name in names))


@lru_cache(maxsize=256)
def _list_town(town: str) -> frozenset[str]:
    """Skeletons of its names in every form: «Надым» and «в Надыме» have two."""
    return frozenset(make_skeleton(form) for word in split_words(town) for form in list_word_forms(word))


def share_counts(one: array[int], other: array[int]) -> float:
    """0 to 1: how much of what both speak of is the same."""
    known = {value >> 8: value & _SHARE for value in other}
    return sum(min(value & _SHARE, known.get(value >> 8, 0)) for value in one) / _SHARE


def share_names(one: array[int], other: array[int]) -> float:
    """0 to 1, of the one that has fewer; a single name is a weak witness."""
    small = min(len(one), len(other))
    return len(set(one) & set(other)) / max(small, _ENOUGH) if small else 0.0
