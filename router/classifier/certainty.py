"""How sure a guess is: probabilities from scores, and the one from which a person need not be asked.

What tells right guesses from wrong ones best is the distance between the best score and the second (measured in
docs/topics.md): a probability of the first is fitted to it, the others share the rest.
"""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

#: A confidence that nothing reaches: such a model always asks a person.
NEVER = 2.0
#: Of the guesses above the threshold so many are right.
PRECISION = 0.95
#: A threshold that fewer texts support is chance.
FEWEST_SURE = 10
_STEPS = 50


@dataclass(frozen=True, slots=True)
class Certainty:
    """slope, offset: of the logistic of the distance. sharpness: of how the others divide what the first leaves.
    threshold: the probability from which 95 of 100 guesses are right."""

    slope: float
    offset: float
    sharpness: float
    threshold: float

    @classmethod
    def fit(cls, scores: Matrix, truth: NDArray[np.intp]) -> Self:
        """From honest scores: of each text, what it gets from all the others."""
        right = scores.argmax(axis=1) == truth
        slope, offset = _fit_logistic(_measure_distance(scores), right.astype(np.float64))
        rough = cls(slope, offset, _sharpen(scores, truth), NEVER)
        return cls(slope, offset, rough.sharpness, _find_threshold(rough.judge(scores).max(axis=1), right))

    def judge(self, scores: Matrix) -> Matrix:
        """Probabilities, a row per text; the order of the scores stays."""
        rows, first = np.arange(len(scores)), scores.argmax(axis=1)
        others = scores.copy()
        others[rows, first] = -np.inf
        shares = soften(others, self.sharpness)
        sure = 1.0 / (1.0 + np.exp(-(self.slope * _measure_distance(scores) + self.offset)))
        second = shares.max(axis=1)
        sure = np.maximum(sure, second / (1.0 + second))  # never less likely than the second
        chances: Matrix = shares * (1.0 - sure)[:, None]
        chances[rows, first] = sure
        return chances

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def soften(scores: Matrix, sharpness: float) -> Matrix:
    """Scores as probabilities, per row."""
    raised = np.exp(sharpness * (scores - scores.max(axis=1, keepdims=True)))
    chances: Matrix = raised / raised.sum(axis=1, keepdims=True)
    return chances


def _measure_distance(scores: Matrix) -> Matrix:
    best = np.partition(scores, -2, axis=1)
    distance: Matrix = best[:, -1] - best[:, -2]
    return distance


def _fit_logistic(values: Matrix, right: Matrix) -> tuple[float, float]:
    """By Newton's method; a little ridge keeps perfectly told texts finite. Never falling: more distance is surer."""
    table, found = np.column_stack([values, np.ones(len(values))]), np.zeros(2)
    for _ in range(_STEPS):
        chances = 1.0 / (1.0 + np.exp(-(table @ found)))
        weight = chances * (1.0 - chances)
        bend = table.T @ (table * weight[:, None]) + 1e-3 * np.eye(2)
        found = found + np.linalg.solve(bend, table.T @ (right - chances) - 1e-3 * found)
    return max(float(found[0]), 0.0), float(found[1])


def _sharpen(scores: Matrix, truth: NDArray[np.intp]) -> float:
    """The sharpness under which what came true was likeliest."""

    def surprise(sharpness: float) -> float:
        chances = soften(scores, sharpness)[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    return min((float(value) for value in np.geomspace(1, 60, 60)), key=surprise)


def _find_threshold(sure: Matrix, right: NDArray[np.bool_]) -> float:
    order = np.argsort(-sure)
    reached = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(reached >= PRECISION)
    return float(sure[order][good[-1]]) if len(good) and good[-1] + 1 >= FEWEST_SURE else NEVER
