"""Learns the weights of the signals from labelled pairs: a logistic sum without negative weights; needs no library.

Few pairs are labelled, so large weights are held back (a ridge), and none is negative: a common place never speaks
against one problem, whatever a hundred pairs happen to say.
"""

from collections.abc import Sequence
from math import exp

from router.duplicates.signals import NAMES, Signals
from router.duplicates.weights import Weights

RIDGE = 1.0
_STEPS = 1000
_ENOUGH = 1e-4  # a step this small changes no decision


def learn(signals: Sequence[Signals], same: Sequence[bool], ridge: float = RIDGE) -> Weights:
    """Projected gradient descent with momentum (Nesterov); about 0.2 s for 200 pairs."""
    rows = [(1.0, *one) for one in signals]
    truths = [1.0 if one else 0.0 for one in same]
    steep = 1 / (sum(value * value for row in rows for value in row) / 4 + ridge)  # 1 / a bound of the curvature
    weights = ahead = [0.0] * (1 + len(NAMES))
    pace = 1.0
    for _ in range(_STEPS):
        slope = _find_slope(rows, truths, ahead, ridge)
        stepped = [w - steep * g for w, g in zip(ahead, slope, strict=True)]
        fresh = [min(stepped[0], 0.0), *(max(0.0, w) for w in stepped[1:])]
        next_pace = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
        moved = [new - old for new, old in zip(fresh, weights, strict=True)]
        ahead = [w + (pace - 1) / next_pace * d for w, d in zip(fresh, moved, strict=True)]
        weights, pace = fresh, next_pace
        if max(map(abs, moved)) < _ENOUGH:
            break
    return Weights(weights[0], dict(zip(NAMES, weights[1:], strict=True)))


def _find_slope(
    rows: Sequence[tuple[float, ...]], truths: Sequence[float], weights: Sequence[float], ridge: float
) -> list[float]:
    slope = [0.0, *(ridge * weight for weight in weights[1:])]
    for row, truth in zip(rows, truths, strict=True):
        total = sum([weight * value for weight, value in zip(weights, row, strict=True)])
        missed = 1 / (1 + exp(-max(-30.0, min(30.0, total)))) - truth
        for place, value in enumerate(row):
            slope[place] += missed * value
    return slope
