"""A case that a person closed, or whose residents went: nobody is left waiting in it, and it stays closed."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from canonical.answer import Reference, StatusChange
from canonical.states import AssignmentState as A
from ledger import cases
from ledger import tables as t
from tests.workers.square import CHANNEL, Square
from workers.forgetting import forget

Make = Callable[..., Square]


def test_who_writes_again_after_their_case_was_closed_gets_a_new_one(make_square: Make) -> None:
    square = make_square("to: triage")
    square.write("a")
    square.decide("close:spam", kind="triage")
    square.write("b", timedelta(hours=5))
    assert [row.state for row in square.all(t.cases)] == ["closed", "triage"]
    assert square.desk() == [("triage", "no_route")]
    assert not square.holes()


def test_an_answer_to_a_closed_case_is_kept_and_moves_nothing(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.say("first", A.redirected, "не наше", redirected_to="Прокуратура")
    square.decide("close:not_ours", kind="triage")
    assert square.say("first", A.in_work).state == "done"
    assert square.say("first", A.answered, "Всё же сделали.").state == "done"
    assert (square.one(t.cases).state, square.one(t.assignment).state) == ("closed", "answered")
    assert (square.told(), square.desk()) == ({"a": []}, [])


def test_the_recipient_of_a_forgotten_resident_goes_on_alone(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    forget(square.store, square.one(t.appeal).id, "anna")
    square.say("first", A.in_work)
    square.say("first", A.answered, "Сделали.")
    assert (square.one(t.cases).state, square.desk()) == ("closed", [])
    assert {row.intent for row in square.all(t.delivery)} == {"forward"}, "a forgotten resident hears nothing"


def test_a_late_answer_in_a_closed_case_with_residents_is_a_persons(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.say("first", A.answered, "Сделали.")
    square.send()
    square.say("first", A.redirected, "не наше", redirected_to="Прокуратура")
    square.decide("close:settled", kind="triage")
    square.say("first", A.answered, "Теперь и правда.")
    assert square.desk() == [("late_answer", "case_is_over")]
    square.decide("tell", kind="late_answer")
    square.send()
    assert square.told() == {"a": ["Сделали.", "Теперь и правда."]}
    assert not square.holes()


def test_a_filing_that_was_taken_back_is_never_returned_to(make_square: Make) -> None:
    """Its late answer was told by a person; who writes again gets a case of their own."""
    square = make_square("to: first", intents=("return",))
    square.write("a")
    square.send()
    square.say("first", A.answered, "Сделали.")
    with square.store.write() as tx:
        cases.change(tx, t.assignment, square.one(t.assignment).id, state="withdrawn")
    assert square.write("b", timedelta(hours=5)).state == "done"
    assert [row.state for row in square.all(t.cases)] == ["answered", "routed"]


@pytest.mark.parametrize("first", ["withdrawn", "forgotten"])
def test_a_case_of_one_who_withdrew_and_one_who_was_forgotten_is_closed(make_square: Make, first: str) -> None:
    square = make_square("to: first")
    square.write("a")
    square.write("b", timedelta(minutes=5))
    square.send()
    square.take(square.word("first", A.asking, "Какой подъезд?"))
    taken_back = CHANNEL, "status", StatusChange(reference=Reference(number="a"), state="withdrawn"), None
    steps = [
        lambda: square.take(taken_back),
        lambda: forget(square.store, square.one(t.appeal, external_id="b").id, "anna"),
    ]
    for step in steps if first == "withdrawn" else reversed(steps):
        square.send()
        step()
    row = square.one(t.cases)
    assert (row.state, row.paused_at) == ("closed", None)
    assert {row.state for row in square.all(t.obligation)} == {"excused"}
    assert not square.holes()
