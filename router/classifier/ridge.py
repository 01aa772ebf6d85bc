"""Ridge regression towards each label, rare labels weighing more.

Solved over texts, not marks (the dual form): with some thousands of texts that takes seconds, and what each text would
have got without itself follows from the solution. Needs scipy.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from router.classifier.certainty import Matrix
from router.classifier.measures import hits_top3, weighted_f1

#: How much more rare labels weigh (0: not at all, 1: as much as all others).
EVENNESS = 0.5


@dataclass(frozen=True, slots=True)
class Task:
    """alike: of each two texts. truth: the label of each. age: see Example. lesson: 0 for a resident's text, else for
    how many of them it counts. wanted: a row per label, what its texts should get in each label."""

    alike: Matrix
    truth: NDArray[np.intp]
    age: Matrix
    lesson: Matrix
    wanted: Matrix

    def take(self, chosen: NDArray[np.intp]) -> "Task":
        alike = self.alike[np.ix_(chosen, chosen)]
        return Task(alike, self.truth[chosen], self.age[chosen], self.lesson[chosen], self.wanted)

    def weigh(self, half_life: float) -> Matrix:
        weight: Matrix = np.where(self.lesson > 0, self.lesson, 0.5 ** (self.age / half_life))
        per_label = np.bincount(self.truth, weights=weight, minlength=len(self.wanted))[self.truth]
        weight *= (weight.sum() / (len(self.wanted) * per_label)) ** EVENNESS
        weight /= weight.mean()
        return weight


def solve(task: Task, half_life: float, strength: float) -> tuple[Matrix, Matrix]:
    """How each text pulls towards each label, and the scores that each gets from all the others."""
    from scipy.linalg import cho_factor, cho_solve
    from scipy.linalg.lapack import dpotri

    wanted = task.wanted[task.truth]
    factor = cho_factor(task.alike + np.diag(strength / task.weigh(half_life)), lower=True)
    pull: Matrix = cho_solve(factor, wanted)
    inverse, _ = dpotri(factor[0], lower=1)
    honest: Matrix = wanted - pull / np.diag(inverse)[:, None]
    return pull, honest


def rate(truth: NDArray[np.intp], scores: Matrix) -> float:
    """By the first guesses and the first three alike: one is acted upon, the others are shown to a person."""
    return weighted_f1(truth, scores.argmax(axis=1)) + float(hits_top3(truth, scores).mean())
