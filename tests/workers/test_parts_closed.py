"""All recipients must answer and a person ends one part: what the others said or will say reaches the residents."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from canonical.answer import Question, Reference
from canonical.states import AssignmentState as A
from gateway.bootstrap import read_files
from ledger import configs
from ledger import tables as t
from tests.workers.square import Square
from tests.workers.talk import HARNESS

ALL = "to: [first, second], lead: first, answered_by: all"
DAY_MS = 86_400_000
Make = Callable[..., Square]


def begin(make_square: Make) -> Square:
    square = make_square(ALL)
    with square.store.write() as tx:
        configs.activate(tx, read_files(HARNESS), "anna")
    square.write("a")
    return square


def test_the_leads_part_is_closed_and_the_answer_that_waited_is_told(make_square: Make) -> None:
    square = begin(make_square)
    square.send()
    square.say("second", A.answered, "Деньги есть.")
    square.say("first", A.redirected, "не наше", redirected_to="Прокуратура")
    report = square.decide("close:nobodys", kind="triage")
    assert (square.told(), square.one(t.cases).state) == ({"a": ["Деньги есть."]}, "answered")
    square.undo(report)
    assert (square.told(), square.one(t.cases).state) == ({"a": []}, "triage")
    assert [row.recipient for row in square.all(t.assignment) if row.lead] == ["first"]
    square.decide("close:nobodys", kind="triage")
    square.send()
    assert square.one(t.obligation).state == "met"
    assert not square.holes()


def test_the_leads_part_is_closed_and_the_others_are_waited_for(make_square: Make) -> None:
    square = begin(make_square)
    square.send()
    square.say("first", A.redirected, "не наше", redirected_to="Прокуратура")
    square.decide("close:nobodys", kind="triage")
    assert (square.one(t.cases).state, square.one(t.obligation).state) == ("in_work", "owed")
    assert [row.recipient for row in square.all(t.assignment) if row.lead] == ["second"], "somebody leads"
    square.say("second", A.answered, "Деньги есть.")
    square.send()
    assert (square.told(), square.one(t.obligation).state) == ({"a": ["Деньги есть."]}, "met")
    assert not square.holes()


def test_where_nobody_else_has_it_the_case_is_closed(make_square: Make) -> None:
    square = begin(make_square)
    square.send()
    for name in ("second", "first"):
        square.say(name, A.redirected, "не наше", redirected_to="Прокуратура")
        square.decide("close:nobodys", kind="triage", system=name)
    assert (square.one(t.cases).state, square.one(t.obligation).reason) == ("closed", "nobodys")
    assert not square.holes()


@pytest.mark.parametrize("whole", [True, False])
def test_a_filing_that_asked_and_is_given_up_lets_the_clock_run(make_square: Make, whole: bool) -> None:
    """It arrived after all, and its recipient asked; a person gives it up and the case is answered, or routed anew."""
    square = begin(make_square)
    before = square.one(t.appeal).due_at
    square.refuse("second")
    filed = square.one(t.delivery, intent="forward", system="second")
    if whole:
        square.send()
        square.say("first", A.answered, "Расселим.")
    else:
        with square.store.write() as tx:
            tx.run(t.assignment.update().where(t.assignment.c.recipient == "first").values(state="redirected"))
    square.take(("second", "question", Question(reference=Reference(delivery=filed.id), text="Где?"), None))
    with square.store.write() as tx:
        tx.run(t.appeal.update().values(received_at=tx.now - 9 * DAY_MS))
        tx.run(t.cases.update().values(paused_at=tx.now - 4 * DAY_MS))
    square.decide("cancel", kind="delivery")
    row = square.one(t.cases)
    assert (row.state, row.paused_at) == ("answered" if whole else "triage", None)
    assert square.one(t.appeal).due_at - before >= 4 * DAY_MS


def test_an_answer_that_waited_in_a_case_that_is_joined_away_is_a_persons(make_square: Make) -> None:
    square = begin(make_square)
    square.write("b", timedelta(), text="Во дворе дома свалка, мусор не вывозят две недели")
    square.send()
    older, newer = square.all(t.cases)
    given = square.one(t.assignment, case_id=newer.id, recipient="second")
    word = square.word("second", A.answered, "Деньги есть.")
    assert word[2].reference.delivery == square.one(t.delivery, intent="forward", assignment_id=given.id).id
    square.take(word)
    square.suggest("b", "a")
    report = square.decide("join", kind="suggestion")
    assert {row.case_id for row in square.all(t.appeal)} == {older.id}
    assert ("late_answer", "joined_untold") in square.desk()
    square.undo(report)
    assert square.one(t.answer).case_id == newer.id
    assert "late_answer" not in {kind for kind, _ in square.desk()}
    square.decide("join", kind="suggestion")
    square.decide("tell", kind="late_answer")
    assert square.told() == {"a": ["Деньги есть."], "b": ["Деньги есть."]}
