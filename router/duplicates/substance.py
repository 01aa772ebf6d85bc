"""What an appeal is about and which names it uses, as keyed hashes: place and thing together tell one problem."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from canonical.names import read_names
from canonical.thing import count_things
from router.duplicates.shingles import hash_text

_SHARE = 255
MAX_THINGS = 12


def hash_things(words: Sequence[str], key: bytes) -> array[int]:
    """24 bits of the thing's hash, 8 of its share among the things named, ascending."""
    counts = count_things(words)
    total = sum(counts.values())
    found = [(hash_text(f"thing:{name}", key) & 0xFFFFFF) << 8 | _SHARE * number // total
             for name, number in list(counts.items())[:MAX_THINGS]]  # fmt: skip
    return array("I", sorted(found))


def hash_names(text: str, key: bytes) -> array[int]:
    """32-bit hashes of the text's proper names, ascending."""
    return array("I", sorted({hash_text(f"named:{name}", key) & 0xFFFFFFFF for name in read_names(text)}))


def share_things(one: array[int], other: array[int]) -> float:
    """0 to 1: how much of what both speak of is the same."""
    known = {value >> 8: value & _SHARE for value in other}
    return sum(min(value & _SHARE, known.get(value >> 8, 0)) for value in one) / _SHARE


def share_names(one: array[int], other: array[int]) -> float:
    """0 to 1, of the one that has fewer; a single common name counts half."""
    small = min(len(one), len(other))
    return len(set(one) & set(other)) / max(small, 2) if small else 0.0
