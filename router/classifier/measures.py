"""How good guesses are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Groups of equal width by confidence, in which the promised and the reached share of right guesses are compared.
BINS = 10
PRECISION = 0.95
#: A group of fewer texts says nothing.
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Quality:
    """coverage_at_p95: the largest share of texts that could be labelled without asking, 95 % of them rightly.
    calibration_error: mean distance between promised and reached probability, 0 to 1."""

    weighted_f1: float
    macro_f1: float
    accuracy: float
    top3: float
    coverage_at_p95: float
    calibration_error: float


def measure(truth: Sequence[str], labels: Sequence[str], chances: NDArray[np.float64]) -> Quality:
    """`chances`: a row per text, a column per label. A label that the model never saw counts as missed."""
    names = list(labels) + sorted(set(truth) - set(labels))
    wanted = np.array([names.index(label) for label in truth])
    order = np.argsort(-chances, axis=1)
    right, sure = order[:, 0] == wanted, chances.max(axis=1)
    scores = _f1_by_label(wanted, order[:, 0])
    return Quality(
        weighted_f1(wanted, order[:, 0]), float(np.mean([f1 for f1, _ in scores])), float(right.mean()),
        float(hits_top3(wanted, chances).mean()), _cover(right, sure), _miscalibrate(right, sure),
    )  # fmt: skip


def hits_top3(truth: NDArray[Any], scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Per text, whether the right column is among the three best."""
    hits: NDArray[np.bool_] = (np.argsort(-scores, axis=1)[:, :3] == truth[:, None]).any(axis=1)
    return hits


def weighted_f1(truth: NDArray[Any], guessed: NDArray[Any]) -> float:
    """Mean of the labels' F1, each label counting as often as it stands in `truth`."""
    scores = _f1_by_label(truth, guessed)
    return float(sum(f1 * share for f1, share in scores) / len(truth))


def _f1_by_label(truth: NDArray[Any], guessed: NDArray[Any]) -> list[tuple[float, int]]:
    """F1 and number of texts per label that stands in truth or guesses."""
    found = []
    for label in np.union1d(truth, guessed):
        hit = int(((truth == label) & (guessed == label)).sum())
        total = int((truth == label).sum() + (guessed == label).sum())
        found.append((2 * hit / total, int((truth == label).sum())))
    return found


def trace_coverage(right: NDArray[np.bool_], sure: NDArray[np.float64]) -> list[tuple[float, float]]:
    """(share of texts labelled without asking, the surest first; share of them that are right)."""
    reached = np.cumsum(right[np.argsort(-sure)]) / np.arange(1, len(sure) + 1)
    return [((number + 1) / len(sure), float(value)) for number, value in enumerate(reached)]


def trace_calibration(right: NDArray[np.bool_], sure: NDArray[np.float64]) -> list[tuple[float, float]]:
    """(promised probability, share of right guesses) per group that is large enough to tell."""
    groups = np.minimum((sure * BINS).astype(int), BINS - 1)
    parts = [groups == n for n in range(BINS)]
    return [(float(sure[part].mean()), float(right[part].mean())) for part in parts if part.sum() >= FEWEST]


def _cover(right: NDArray[np.bool_], sure: NDArray[np.float64]) -> float:
    order = np.argsort(-sure)
    reached = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(reached >= PRECISION)
    return float((good[-1] + 1) / len(order)) if len(good) else 0.0


def _miscalibrate(right: NDArray[np.bool_], sure: NDArray[np.float64]) -> float:
    groups = np.minimum((sure * BINS).astype(int), BINS - 1)
    parts = [(groups == n) for n in range(BINS)]
    return float(sum(abs(right[p].mean() - sure[p].mean()) * p.sum() for p in parts if p.any()) / len(right))
