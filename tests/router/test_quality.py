"""Precision and recall of judged pairs."""

import pytest

from router.duplicates.quality import Scored, draw_curve, find_recall, measure, trace_calibration


def pair(same: bool, score: float, outcome: str = "separate") -> Scored:
    return Scored("a", "b", same, score, outcome)


def test_a_perfect_order_has_all_recall() -> None:
    told = measure([pair(True, 0.9, "join"), pair(True, 0.8, "suggest"), pair(False, 0.2)])
    assert (told.best_f1, told.recall_at_p95, told.recall_at_p90) == (1, 1, 1)
    assert (told.auto_join_precision, told.auto_join_recall, told.suggest_recall) == (1, 0.5, 1)


def test_pairs_of_one_score_come_together() -> None:
    curve = draw_curve([pair(True, 0.5), pair(False, 0.5), pair(True, 0.9)])
    assert [(point.threshold, point.precision, point.recall) for point in curve] == [
        (0.9, 1, 0.5), (0.5, pytest.approx(2 / 3), 1)
    ]  # fmt: skip
    assert find_recall(curve, 0.95) == 0.5


def test_a_wrong_join_shows() -> None:
    told = measure([pair(False, 0.9, "join"), pair(True, 0.3, "join"), pair(True, 0.1)])
    assert told.auto_join_precision == 0.5
    assert told.recall_at_p95 == 0
    assert told.best_f1 == 0.8


def test_calibration_is_the_share_of_each_group() -> None:
    told = trace_calibration([pair(True, 1.0), pair(False, 0.92), pair(False, 0.1), pair(True, 0.5)])
    assert told == [(0.1, 0), (0.5, 1), (0.96, 0.5)]


def test_nothing_same_is_no_division_by_zero() -> None:
    told = measure([pair(False, 0.4)])
    assert (told.best_f1, told.recall_at_p95, told.auto_join_precision, told.auto_join_recall) == (0, 0, 1, 0)
