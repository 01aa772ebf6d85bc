"""Several recipients, and one of them looks again: what the others said stands, also for who came meanwhile."""

from collections.abc import Callable
from datetime import timedelta

from canonical.states import AssignmentState as A
from ledger import tables as t
from tests.workers.square import Square

SOON = timedelta(minutes=5)
Make = Callable[..., Square]


def begin(make_square: Make) -> Square:
    """Both have answered, both answers were told."""
    square = make_square("to: [first, second], lead: first, answered_by: all")
    square.write("a")
    square.send()
    square.say("second", A.answered, "Деньги есть.")
    square.say("first", A.answered, "Расселим.")
    square.send()
    return square


def test_who_comes_while_one_looks_again_hears_the_others_too(make_square: Make) -> None:
    square = begin(make_square)
    square.say("first", A.in_work)
    square.write("b", SOON)
    square.say("first", A.answered, "Расселили.")
    square.send()
    assert square.told() == {
        "a": ["Деньги есть.", "Расселим.", "Расселили."],
        "b": ["Деньги есть.", "Расселили."],
    }
    assert {row.state for row in square.all(t.obligation)} == {"met"}
    assert not square.holes()


def test_who_looks_again_and_gives_it_up_leaves_the_answers_of_the_others(make_square: Make) -> None:
    square = begin(make_square)
    square.say("second", A.in_work)
    square.write("b", SOON)
    square.say("second", A.redirected, "не наше", redirected_to="Прокуратура")
    square.decide("close:not_theirs", kind="triage")
    square.send()
    assert square.told() == {"a": ["Деньги есть.", "Расселим."], "b": ["Расселим."]}
    assert {row.state for row in square.all(t.obligation)} == {"met"}
    assert (square.one(t.cases).state, square.desk()) == ("answered", [])
    assert not square.holes()


def test_an_answer_that_is_still_on_its_way_then_meets_what_is_owed(make_square: Make) -> None:
    square = make_square("to: [first, second], lead: first, answered_by: all")
    square.write("a")
    square.send()
    square.take(square.word("first", A.answered, "Расселим."), square.word("second", A.answered, "Деньги есть."))
    square.say("second", A.in_work)
    square.say("second", A.redirected, "не наше", redirected_to="Прокуратура")
    square.decide("close:not_theirs", kind="triage")
    square.send()
    assert square.told() == {"a": ["Деньги есть.", "Расселим."]}
    assert square.one(t.obligation).state == "met"
    assert not square.holes()
