"""Several recipients, and one of them looks again: what the others said stands, also for who came meanwhile."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from canonical.answer import Answer, Reference
from canonical.states import AssignmentState as A
from ledger import cases, desk_list
from ledger import tables as t
from ledger.deliveries import Outcome, claim, finish
from tests.workers.square import CHANNEL, Square
from workers.forgetting import forget

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


def test_an_answer_that_arrives_just_when_its_case_reopens_settles_nothing(make_square: Make) -> None:
    """Its worker has not committed when the case reopens."""
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.say("first", A.answered, "Сделали.")
    with square.store.write(square.lease) as tx:
        (row,) = claim(tx, square.lease, CHANNEL, 9)

    def reopen() -> None:
        with square.store.write() as tx:
            cases.owe_again(tx, [row.case_id])

    other = threading.Thread(target=reopen)
    with square.store.write(square.lease) as tx:
        finish(tx, square.lease, {row.id: row}, [Outcome(row.id, "delivered")])
        other.start()
        time.sleep(0.3)
    other.join()
    assert square.one(t.obligation).state == "owed"


def test_an_answer_that_is_on_its_way_when_a_person_reopens_settles_nothing(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.say("first", A.answered, "Сделали.")
    with square.store.write() as tx:
        desk_list.add(tx, "low_rating", square.one(t.cases).id, CHANNEL, "low_rating")
    report = square.decide("reopen", kind="low_rating")
    square.send()
    assert (square.one(t.obligation).state, square.told()) == ("owed", {"a": ["Сделали."]})
    square.undo(report)
    assert square.one(t.obligation).state == "met"
    square.decide("reopen", kind="low_rating")
    square.say("first", A.answered, "Теперь и правда.")
    square.send()
    assert square.one(t.obligation).state == "met"
    assert not square.holes()


def test_a_case_that_is_looked_at_again_is_joined_to_an_answered_one(make_square: Make) -> None:
    """Its residents were told once, and are owed an answer all the same."""
    square = make_square("to: first")
    square.write("a")
    square.write("b", text="Во дворе дома свалка, мусор не вывозят две недели")
    square.send()
    for filed, text in zip(square.all(t.delivery, intent="forward"), ("Сделали.", "Вывезли."), strict=True):
        said = Answer(reference=Reference(delivery=filed.id), state=A.answered, text=text)
        square.take(("first", "answer", said, None))
    square.send()
    square.say("first", A.in_work)
    square.suggest("b", "a")
    square.decide("join", kind="suggestion")
    square.send()
    assert square.told() == {"a": ["Сделали."], "b": ["Вывезли.", "Сделали."]}
    assert {row.state for row in square.all(t.obligation)} == {"met"}
    assert not square.holes()


def test_a_join_is_undone_after_the_resident_of_the_other_case_was_forgotten(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.write("b", text="Во дворе дома свалка, мусор не вывозят две недели")
    square.send()
    square.suggest("b", "a")
    report = square.decide("join", kind="suggestion")
    forget(square.store, square.one(t.appeal, external_id="a").id, "anna")
    square.undo(report)
    assert [row.state for row in square.all(t.cases)] == ["closed", "routed"]
    assert not square.holes()


@pytest.mark.parametrize("by", ["recipient", "person"])
def test_a_case_that_opens_again_owes_nothing_to_who_is_gone(make_square: Make, by: str) -> None:
    square = make_square("to: first")
    square.write("a")
    square.write("b", SOON)
    square.send()
    square.say("first", A.answered, "Сделали.")
    square.send()
    gone = square.one(t.appeal, external_id="b").id
    forget(square.store, gone, "anna")
    if by == "person":
        with square.store.write() as tx:
            desk_list.add(tx, "low_rating", square.one(t.cases).id, CHANNEL, "low_rating")
        square.decide("reopen", kind="low_rating")
    else:
        square.say("first", A.in_work)
    assert [row.appeal_id for row in square.all(t.obligation, state="owed")] != [gone]
    square.say("first", A.answered, "Теперь и правда.")
    square.send()
    assert {row.state for row in square.all(t.obligation)} == {"met"}
    assert not square.holes()


def test_a_history_that_tells_an_answer_and_its_reopening_at_once_owes_another(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.take(square.word("first", A.answered, "Сделали."), square.word("first", A.in_work))
    square.send()
    assert (square.told(), square.one(t.obligation).state) == ({"a": ["Сделали."]}, "owed")
    square.say("first", A.answered, "Теперь и правда.")
    square.send()
    assert square.one(t.obligation).state == "met"
