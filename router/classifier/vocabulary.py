"""Which marks a model knows, and how much each says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from router.classifier.grams import Marks

#: Columns and values of one row.
Row = tuple[NDArray[np.intp], NDArray[np.float32]]
_NOTHING: Row = (np.empty(0, np.intp), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """marks: sorted. rarity: per mark, ln((1 + texts) / (1 + texts with it)) + 1."""

    marks: Marks
    rarity: NDArray[np.float32]

    @classmethod
    def collect(cls, texts: Sequence[Marks], at_least: int) -> Self:
        """From marks that stand in so many texts."""
        seen = [np.unique(marks) for marks in texts]
        marks, counts = np.unique(np.concatenate(seen), return_counts=True)
        often = counts >= at_least
        rarity = np.log((1 + len(texts)) / (1 + counts[often])) + 1
        return cls(marks[often], rarity.astype(np.float32))

    def weigh(self, marks: Marks) -> Row:
        """The text's row, of length one; unknown marks do not count."""
        if not len(marks):
            return _NOTHING
        found, counts = np.unique(marks, return_counts=True)
        at = np.searchsorted(self.marks, found)
        known = at < len(self.marks)
        known[known] = self.marks[at[known]] == found[known]
        at = at[known]
        values = (1 + np.log(counts[known])).astype(np.float32) * self.rarity[at]
        length = float(np.linalg.norm(values))
        return at, values / np.float32(length or 1.0)
