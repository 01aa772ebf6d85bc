"""A case that a person closed, or whose residents went: nobody is left waiting in it, and it stays closed."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from canonical.answer import Question, Reference, StatusChange
from canonical.states import AssignmentState as A
from ledger import cases, desk_list
from ledger import tables as t
from tests.workers.square import CHANNEL, Square
from workers.forgetting import forget
from workers.resolve import decide, stop_answer

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


@pytest.mark.parametrize("state", [A.answered, A.redirected])
def test_a_resident_is_forgotten_before_the_receipt_of_a_filing_that_was_answered(make_square: Make, state: A) -> None:
    """The answer overtook it: it arrived, so nothing of it is given up."""
    square = make_square("to: first")
    square.write("a")
    square.say("first", state, "Сделали.")
    forget(square.store, square.one(t.appeal).id, "anna")
    assert (square.one(t.cases).state, square.one(t.assignment, recipient="first").state) == ("closed", state.value)
    assert not square.holes()


def test_what_is_decided_of_an_answer_opens_no_case_that_nobody_is_left_in(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.say("first", A.answered, "Завтра.")
    stop_answer(square.store, square.site.sends, square.one(t.answer).id, "anna")
    forget(square.store, square.one(t.appeal).id, "anna")
    with square.store.write() as tx:
        item = desk_list.add(tx, "low_rating", square.one(t.cases).id, CHANNEL, "low_rating")
    square.decide("stop", kind="fan_out")
    assert decide(square.store, square.site.sends, [item], "reopen", "anna").faults
    assert (square.one(t.cases).state, square.desk()) == ("closed", [("low_rating", "low_rating")])


@pytest.mark.parametrize("reopened", [True, False])
def test_who_takes_back_an_answered_appeal_hears_no_more(make_square: Make, reopened: bool) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.say("first", A.answered, "Сделали.")
    square.send()
    if reopened:
        square.say("first", A.in_work)
    taken_back = StatusChange(reference=Reference(number="a"), state="withdrawn")
    (ended,) = square.take((CHANNEL, "status", taken_back, None))
    assert (ended.state, square.one(t.appeal).state) == ("done", "withdrawn")
    assert square.one(t.cases).state == "closed"
    assert len(square.all(t.delivery, intent="withdraw")) == reopened, "who has answered is not asked to stop"
    square.say("first", A.answered, "Сделали ещё раз.")
    if not reopened:
        square.say("first", A.in_work)
        number = square.one(t.assignment).number
        square.take(("first", "question", Question(reference=Reference(number=number), text="Где?"), None))
    assert (square.told(), square.desk(), square.one(t.cases).state) == ({"a": ["Сделали."]}, [], "closed")
    assert not square.all(t.delivery, intent="ask")
    assert not square.holes()
    (ended,) = square.take((CHANNEL, "status", taken_back, None))
    assert ended.state == "done", "it is over already"


@pytest.mark.parametrize("together", [True, False])
def test_who_gave_it_back_and_answers_after_all_ends_the_search(make_square: Make, together: bool) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    words = [
        square.word("first", A.redirected, "не наше", redirected_to="Прокуратура"),
        square.word("first", A.answered, "Сделали всё же."),
    ]
    for batch in [words] if together else [[word] for word in words]:
        square.take(*batch)
    square.send()
    assert (square.told(), square.desk()) == ({"a": ["Сделали всё же."]}, [])
    assert (square.one(t.cases).state, square.one(t.obligation).state) == ("answered", "met")


def test_an_answered_case_is_not_filed_with_another_one(make_square: Make) -> None:
    """It would be looked at again without anybody being owed anything."""
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.say("first", A.answered, "Сделали.")
    with square.store.write() as tx:
        item = desk_list.add(tx, "triage", square.one(t.cases).id, "first", "redirected")
    (fault,) = decide(square.store, square.site.sends, [item], "route:second", "anna").faults
    assert "is answered" in fault[1]
    square.decide("close:done", kind="triage")
    square.send()
    assert square.one(t.obligation).state == "met"
    assert not square.holes()
