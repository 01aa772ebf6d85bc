"""A case goes from host to host, and one of them has a clock that is behind: what is said later counts as later."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from canonical import ids
from canonical.states import AssignmentState as A
from ledger import tables as t
from tests.workers.square import Square

BEFORE = timedelta(minutes=-30)
Make = Callable[..., Square]
Change = Callable[[], None]


@pytest.fixture
def go_behind(monkeypatch: pytest.MonkeyPatch) -> Change:
    """What follows happens in a new process on the host whose clock is an hour behind."""
    now = time.time_ns

    def change() -> None:
        monkeypatch.setattr(time, "time_ns", lambda: now() - 3_600 * 10**9)
        monkeypatch.setattr(ids, "_last", 0)

    return change


def test_a_word_without_a_time_is_not_taken_for_an_older_one(make_square: Make, go_behind: Change) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.say("first", A.in_work)
    go_behind()
    assert square.say("first", A.asking, "Какой подъезд?").disposition == "moved"
    assert square.one(t.cases).state == "asking"


def test_a_correction_follows_what_it_corrects(make_square: Make, go_behind: Change) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.say("first", A.answered, "Завтра.")
    go_behind()
    square.say("first", A.answered, "Сделали.")
    assert square.told() == {"a": ["Завтра.", "Сделали."]}
    square.write("b", BEFORE)
    assert square.told()["b"] == ["Сделали."]
    assert square.desk() == []
