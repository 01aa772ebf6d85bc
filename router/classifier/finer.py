"""Labels within labels: a category is told by its themes as well as by its texts.

A hole in the yard and a hole in the road are two themes that a model tells apart better than the categories that they
belong to, each of which is many things. What the themes say is added to what the category's own texts say.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from router.classifier.certainty import Matrix, soften

#: How much the finer labels say beside the label's own score, and how far the likeliest of them outweighs the others
#: (measured in docs/topics.md).
SHARE, SHARPNESS = 0.75, 30.0


def order_finer(label_of: Mapping[str, str], labels: Sequence[str]) -> tuple[list[str], NDArray[np.intp]]:
    """Finer labels by the label that they belong to, and where each label's begin. Every label has one at least."""
    ordered = sorted(label_of, key=lambda name: (labels.index(label_of[name]), name))
    of = np.array([labels.index(label_of[name]) for name in ordered], np.intp)
    return ordered, np.searchsorted(of, np.arange(len(labels)))


def add_finer(scores: Matrix, finer: Matrix, starts: NDArray[np.intp]) -> Matrix:
    """Per row: the scores of labels, of finer labels in their order (none: the scores as they are), and where each
    label's begin."""
    if not len(starts):
        return scores
    added: Matrix = scores + SHARE * np.add.reduceat(soften(finer, SHARPNESS), starts, axis=1)
    return added
