"""How well pairs are told apart: precision and recall over every threshold, and of the outcomes themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Protocol

from router.duplicates.judge import JOIN, SUGGEST

GROUPS = 10


@dataclass(frozen=True, slots=True)
class Scored:
    """One labelled pair as it was judged. `score`: 0 to 1, `outcome`: join, suggest or separate."""

    one: str
    other: str
    same: bool
    score: float
    outcome: str


class Judged(Protocol):
    @property
    def score(self) -> float: ...
    @property
    def same(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Point:
    """Taking all pairs from this score upwards as the same."""

    threshold: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall or 1)


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares from 0 to 1. `suggest_recall`: same pairs that a person is shown or that were joined."""

    pairs: int
    same: int
    best_f1: float
    recall_at_p95: float
    recall_at_p90: float
    auto_join_precision: float
    auto_join_recall: float
    suggest_recall: float

    def as_dict(self) -> dict[str, float | int]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def measure(scored: Sequence[Scored]) -> Quality:
    """Without any join, its precision is 1: nothing was joined wrongly."""
    curve, same = draw_curve(scored), sum(one.same for one in scored)
    joined = [one for one in scored if one.outcome == JOIN]
    right = sum(one.same for one in joined)
    shown = sum(one.same for one in scored if one.outcome in (JOIN, SUGGEST))
    return Quality(
        len(scored), same, max((point.f1 for point in curve), default=0.0),
        find_recall(curve, 0.95), find_recall(curve, 0.90),
        right / len(joined) if joined else 1.0, right / (same or 1), shown / (same or 1),
    )  # fmt: skip


def draw_curve(scored: Iterable[Judged]) -> list[Point]:
    """From the highest score down; pairs of one score come together, since no threshold parts them."""
    ordered = sorted(scored, key=lambda one: -one.score)
    total, taken, right, points = sum(one.same for one in ordered), 0, 0, []
    for score, group in groupby(ordered, key=lambda one: one.score):
        here = list(group)
        taken, right = taken + len(here), right + sum(one.same for one in here)
        points.append(Point(score, right / taken, right / (total or 1)))
    return points


def trace_calibration(scored: Iterable[Judged]) -> list[tuple[float, float]]:
    """(mean score, share of the same) of each group of scores that has any pair."""
    groups: dict[int, list[Judged]] = {}
    for one in scored:
        groups.setdefault(min(int(one.score * GROUPS), GROUPS - 1), []).append(one)
    return [
        (sum(one.score for one in group) / len(group), sum(one.same for one in group) / len(group))
        for _, group in sorted(groups.items())
    ]  # fmt: skip


def find_recall(curve: Iterable[Point], precision: float) -> float:
    """The highest recall that any threshold of at least this precision has."""
    return max((point.recall for point in curve if point.precision >= precision), default=0.0)
