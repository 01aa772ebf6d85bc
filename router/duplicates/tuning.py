"""Chooses weights and thresholds from labelled pairs, and says honestly what to expect of them.

Expectations come from cross-validation: pairs that share an appeal, directly or through others, are always on one
side, and no pair is judged by weights that were learned from it. The thresholds are chosen on those same judgements.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random

from router.duplicates.learning import learn
from router.duplicates.quality import draw_curve, find_recall
from router.duplicates.signals import Signals
from router.duplicates.weights import Weights

FOLDS, ROUNDS = 8, 5
MIN_SAME = 10
_JOIN_PRECISION, _SUGGEST_PRECISION = 0.95, 0.60
_SURE = 1.96  # of 100 such intervals 95 hold the truth


@dataclass(frozen=True, slots=True)
class Example:
    one: str
    other: str
    signals: Signals
    same: bool


@dataclass(frozen=True, slots=True)
class Guess:
    """An example as weights that never saw it judge it."""

    score: float
    same: bool


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with Wilson's interval."""

    right: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        share, z2 = self.right / self.of, _SURE**2
        middle = (share + z2 / (2 * self.of)) / (1 + z2 / self.of)
        half = _SURE * sqrt(share * (1 - share) / self.of + z2 / (4 * self.of**2)) / (1 + z2 / self.of)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Tuned:
    """`join`, `suggest`: thresholds of the probability. The rest is expected of pairs that were not seen."""

    weights: Weights
    join: float
    suggest: float
    best_f1: float
    recall_at_p95: float
    recall_at_p90: float
    join_precision: Share
    join_recall: Share
    suggest_precision: Share
    suggest_recall: Share


def tune(examples: Sequence[Example], seed: int = 1) -> Tuned:
    """ValueError when there are too few pairs of a kind to learn from."""
    same = sum(one.same for one in examples)
    if min(same, len(examples) - same) < MIN_SAME:
        raise ValueError(f"{same} pairs are the same and {len(examples) - same} are not; label {MIN_SAME} of each")
    rounds = [cross_validate(examples, Random(f"{seed}/{number}")) for number in range(ROUNDS)]  # noqa: S311
    curves = [draw_curve(guesses) for guesses in rounds]
    everyone = [guess for guesses in rounds for guess in guesses]
    join, low = _find_threshold(everyone, _JOIN_PRECISION), _find_threshold(everyone, _SUGGEST_PRECISION)
    low = min(low, join)
    return Tuned(
        learn([one.signals for one in examples], [one.same for one in examples]), join, low,
        sum(max(point.f1 for point in curve) for curve in curves) / ROUNDS,
        sum(find_recall(curve, 0.95) for curve in curves) / ROUNDS,
        sum(find_recall(curve, 0.90) for curve in curves) / ROUNDS,
        *_expect(everyone, join), *_expect(everyone, low),
    )  # fmt: skip


def cross_validate(examples: Sequence[Example], chance: Random) -> list[Guess]:
    """In the order of `examples`."""
    folds = _spread(examples, chance)
    guesses: dict[int, Guess] = {}
    for fold in range(FOLDS):
        seen = [one for one, place in zip(examples, folds, strict=True) if place != fold]
        weights = learn([one.signals for one in seen], [one.same for one in seen])
        for number, (one, place) in enumerate(zip(examples, folds, strict=True)):
            if place == fold:
                guesses[number] = Guess(weights.weigh(one.signals), one.same)
    return [guesses[number] for number in range(len(examples))]


def _spread(examples: Sequence[Example], chance: Random) -> list[int]:
    """A fold for each example; those that share an appeal have one fold."""
    root: dict[str, str] = {}

    def find(name: str) -> str:
        while root.setdefault(name, name) != name:
            name = root[name]
        return name

    for one in examples:
        root[find(one.one)] = find(one.other)
    groups = sorted({find(one.one) for one in examples})
    chance.shuffle(groups)
    place = {name: number % FOLDS for number, name in enumerate(groups)}
    return [place[find(one.one)] for one in examples]


def _find_threshold(guesses: Sequence[Guess], precision: float) -> float:
    """The lowest that keeps this precision; 1 when none does."""
    good = [point.threshold for point in draw_curve(guesses) if point.precision >= precision]
    return round(min(good, default=1.0), 2)


def _expect(guesses: Sequence[Guess], threshold: float) -> tuple[Share, Share]:
    """Precision and recall at the threshold. The rounds judge the same pairs, so they count once."""
    taken = [guess.same for guess in guesses if guess.score >= threshold]
    same = sum(guess.same for guess in guesses)
    right, number = round(sum(taken) / ROUNDS), round(len(taken) / ROUNDS)
    return Share(right, number), Share(right, round(same / ROUNDS))
