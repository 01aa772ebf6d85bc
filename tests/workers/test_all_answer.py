"""Several recipients: the lead's answer is the residents', or each one's where all must answer. None is lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from canonical.attachment import Attachment
from canonical.states import AssignmentState as A
from ledger import tables as t
from tests.workers.square import Square

ALL = "to: [first, second], lead: first, answered_by: all"
LEAD = "to: [first, second], lead: first"
SOON = timedelta(minutes=5)
Make = Callable[..., Square]


def test_a_case_that_all_must_answer_is_not_answered_by_its_lead_alone(make_square: Make) -> None:
    square = make_square(ALL)
    square.write("a")
    square.send()
    square.say("first", A.answered, "Расселим.")
    assert (square.one(t.cases).state, square.told()) == ("in_work", {"a": []})
    assert not square.holes()


@pytest.mark.parametrize("last", ["first", "second"])
def test_residents_get_the_answer_of_each_recipient(make_square: Make, last: str) -> None:
    square = make_square(ALL)
    square.write("a")
    square.send()
    said = {"first": "Расселим.", "second": "Деньги есть."}
    for name in sorted(said, key=lambda one: one == last):
        square.say(name, A.answered, said[name])
    square.send()
    assert square.told() == {"a": ["Деньги есть.", "Расселим."]}, "the lead's is the last word"
    assert (square.one(t.cases).state, square.one(t.obligation).state) == ("answered", "met")
    square.write("b", SOON)
    assert square.told()["b"] == square.told()["a"]
    assert not square.holes()


@pytest.mark.parametrize("state", ["waiting", "stored", "refused"])
def test_an_answer_whose_files_came_while_it_waited_for_the_others_goes_at_once(make_square: Make, state: str) -> None:
    square = make_square(ALL, intents=("fetch",))
    square.write("a")
    square.send()
    square.say("second", A.answered, "Деньги есть.", attachments=(Attachment(id="7", name="акт.pdf"),))
    with square.store.write() as tx:
        tx.run(t.attachment.update().values(state=state))
    square.say("first", A.answered, "Расселим.")
    early, _ = square.all(t.delivery, intent="answer")
    assert early.reason == ("awaits_files" if state == "waiting" else None)


def test_both_answers_of_one_batch_are_told_once(make_square: Make) -> None:
    square = make_square(ALL)
    square.write("a")
    square.send()
    square.take(square.word("second", A.answered, "Деньги есть."), square.word("first", A.answered, "Расселим."))
    assert sorted(square.told()["a"]) == ["Деньги есть.", "Расселим."]
    square.say("second", A.answered, "Денег больше.")
    assert len(square.told()["a"]) == 3, "a correction is told alone"


def test_who_sent_it_on_is_not_waited_for(make_square: Make) -> None:
    square = make_square(ALL)
    square.write("a")
    square.send()
    square.say("second", A.redirected, "не наше", redirected_to="third")
    square.send()
    square.say("first", A.answered, "Расселим.")
    assert square.told() == {"a": []}
    square.say("third", A.answered, "Деньги есть.")
    square.send()
    assert square.told() == {"a": ["Деньги есть.", "Расселим."]}
    assert not square.holes()


def test_sent_on_and_answered_in_one_batch_the_successor_is_waited_for(make_square: Make) -> None:
    square = make_square(ALL)
    square.write("a")
    square.send()
    square.take(
        square.word("second", A.redirected, "не наше", redirected_to="third"),
        square.word("first", A.answered, "Расселим."),
    )
    assert square.told() == {"a": []}
    square.say("third", A.answered, "Деньги есть.")
    assert square.told() == {"a": ["Деньги есть.", "Расселим."]}


def test_a_filing_that_a_person_gives_up_lets_the_others_answer(make_square: Make) -> None:
    square = make_square(ALL)
    square.write("a")
    square.refuse("second")
    square.send()
    square.say("first", A.answered, "Расселим.")
    report = square.decide("cancel", kind="delivery")
    assert square.told() == {"a": ["Расселим."]}
    square.undo(report)
    assert (square.told(), square.one(t.cases).state) == ({"a": []}, "in_work")
    square.decide("cancel", kind="delivery")
    square.send()
    assert square.one(t.obligation).state == "met"
    assert not square.holes()


def test_one_of_all_looks_again_and_only_its_answer_is_told_again(make_square: Make) -> None:
    square = make_square(ALL)
    square.write("a")
    square.send()
    square.say("first", A.answered, "Расселим.")
    square.say("second", A.answered, "Деньги есть.")
    square.send()
    square.say("second", A.in_work)
    assert (square.one(t.cases).state, square.one(t.obligation).state) == ("in_work", "owed")
    square.say("second", A.answered, "Денег нет.")
    square.send()
    assert square.told()["a"][2:] == ["Денег нет."]
    assert (square.one(t.cases).state, square.one(t.cases).reopened, square.one(t.obligation).state) == (
        "answered", 1, "met",
    )  # fmt: skip


def test_newcomers_get_what_the_lead_said_not_what_another_noted(make_square: Make) -> None:
    square = make_square(LEAD)
    square.write("a")
    square.send()
    square.say("first", A.answered, "Лампу заменили.")
    square.say("second", A.answered, "Закрыто, не наше.")
    square.write("b", SOON)
    assert square.told() == {"a": ["Лампу заменили."], "b": ["Лампу заменили."]}


def test_who_does_not_lead_reopens_nothing(make_square: Make) -> None:
    square = make_square(LEAD)
    square.write("a")
    square.send()
    square.say("second", A.answered, "Закрыто.")
    square.say("first", A.answered, "Лампу заменили.")
    square.send()
    square.say("second", A.in_work)
    assert (square.one(t.cases).state, square.one(t.obligation).state) == ("answered", "met")
    assert not square.holes()


def test_the_answer_of_a_new_lead_replaces_the_old_ones(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.say("first", A.answered, "Лампу заменили.")
    square.say("first", A.redirected, "ошиблись", redirected_to="second")
    square.send()
    square.say("second", A.answered, "Заменили теперь.")
    assert [row.version for row in square.all(t.answer) if row.speaks] == [1, 2]


def test_a_case_whose_lead_was_given_up_is_routed_by_a_person(make_square: Make) -> None:
    square = make_square(LEAD)
    square.write("a")
    square.refuse("first")
    square.send()
    square.decide("cancel", kind="delivery")
    assert (square.one(t.cases).state, square.desk()) == ("triage", [("triage", "not_filed")])
    square.say("second", A.in_work)
    square.decide("route:third", kind="triage")
    square.send()
    square.say("third", A.answered, "Сделали.")
    assert square.told() == {"a": ["Сделали."]}


def test_what_one_of_several_gives_back_does_not_stop_the_lead(make_square: Make) -> None:
    square = make_square(LEAD)
    square.write("a")
    square.send()
    square.say("second", A.redirected, "не наше", redirected_to="Прокуратура")
    assert square.say("first", A.in_work).state == "done"
    assert square.say("first", A.asking, "Какой подъезд?").state == "done"
    assert square.one(t.cases).state == "asking"
    assert [row.system for row in square.all(t.delivery, intent="ask")] == ["channel"]


def test_what_one_of_several_gives_back_is_found_a_new_recipient_and_the_lead_still_leads(make_square: Make) -> None:
    square = make_square(LEAD)
    square.write("a")
    square.send()
    square.say("first", A.in_work)
    square.say("second", A.redirected, "не наше", redirected_to="Прокуратура")
    assert (square.one(t.cases).state, square.desk()) == ("in_work", [("triage", "redirected")])
    square.decide("route:third", kind="triage")
    assert {row.recipient for row in square.all(t.assignment) if row.lead} == {"first"}
    square.say("first", A.answered, "Сделали.")
    assert square.told() == {"a": ["Сделали."]}


@pytest.mark.parametrize("route", [LEAD, ALL])
def test_what_nobody_else_gets_ends_nothing_of_the_lead(make_square: Make, route: str) -> None:
    square = make_square(route)
    square.write("a")
    square.send()
    square.say("second", A.redirected, "не наше", redirected_to="Прокуратура")
    square.decide("close:not_needed", kind="triage")
    assert square.one(t.obligation).state == "owed"
    square.say("first", A.answered, "Сделали.")
    square.send()
    assert (square.told(), square.one(t.obligation).state) == ({"a": ["Сделали."]}, "met")
    assert not square.holes()


def test_the_last_part_that_is_sent_on_to_nobody_lets_the_others_answer(make_square: Make) -> None:
    square = make_square(ALL)
    square.write("a")
    square.send()
    square.say("first", A.answered, "Расселим.")
    square.say("second", A.redirected, "не наше", redirected_to="Прокуратура")
    assert (square.told(), square.desk()) == ({"a": []}, [("triage", "redirected")])
    square.decide("close:not_needed", kind="triage")
    square.send()
    assert (square.told(), square.one(t.cases).state) == ({"a": ["Расселим."]}, "answered")
    assert not square.holes()


def test_the_part_that_is_sent_on_with_the_leads_answer_leaves_the_case_answered(make_square: Make) -> None:
    square = make_square(LEAD)
    square.write("a")
    square.send()
    sent_on = square.word("second", A.redirected, "не наше", redirected_to="third")
    square.take(square.word("first", A.answered, "Сделали."), sent_on)
    assert (square.one(t.cases).state, square.told()) == ("answered", {"a": ["Сделали."]})
