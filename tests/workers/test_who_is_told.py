"""News of a case goes to those who work on it and to those who wait for it, and to nobody else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from canonical.answer import Reference, Reply, StatusChange
from canonical.states import AssignmentState as A
from ledger import tables as t
from tests.workers.square import CHANNEL, TEXT, Arrival, Square
from workers.forgetting import forget
from workers.scope import load_material, make_scope

SOON = timedelta(minutes=5)
Make = Callable[..., Square]


def reply(name: str) -> Arrival:
    return CHANNEL, "reply", Reply(reference=Reference(number=name), text="Второй подъезд."), None


def list_told(square: Square, *intents: str) -> list[tuple[str, str]]:
    return [(row.intent, row.system) for row in square.all(t.delivery) if row.intent in intents]


def test_whose_filing_was_given_up_is_not_told_of_newcomers(make_square: Make) -> None:
    """Their news would wait for ever for a filing that never arrives."""
    square = make_square("to: [first, second], lead: first")
    square.write("a")
    square.refuse("second")
    square.decide("cancel", kind="delivery")
    square.send()
    square.write("b", SOON)
    square.write("a", text="Не горит фонарь у подъезда, и второй тоже, темно ходить вечером")
    square.take(reply("a"))
    assert {system for _, system in list_told(square, "join", "supplement")} == {"first"}
    assert not square.all(t.delivery, state="waiting", system="second")
    assert not square.holes()


def test_who_sent_the_case_on_hears_no_more_of_it(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.say("first", A.redirected, "не наше", redirected_to="second")
    square.write("b", SOON)
    square.write("a", text="Не горит фонарь у подъезда, и второй тоже, темно ходить вечером")
    square.take(reply("a"))
    told = list_told(square, "join", "supplement")
    assert told == [("join", "second"), ("supplement", "second"), ("supplement", "second")]


def test_a_reply_never_overtakes_its_filing(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.take(reply("a"))
    row, filed = square.one(t.delivery, intent="supplement"), square.one(t.delivery, intent="forward")
    assert row.needs == filed.id


def test_a_reply_while_nobody_has_the_case_is_a_persons(make_square: Make) -> None:
    square = make_square("to: triage")
    square.write("a")
    ended: Any = square.take(reply("a"))[0]
    item = square.one(t.desk, kind="reply", open=True)
    assert (ended.state, item.reason, item.evidence) == ("done", "nobody_to_tell", ended.id)


def take_back(square: Square, *names: str) -> None:
    square.take(*(
        (CHANNEL, "status", StatusChange(reference=Reference(number=name), state="withdrawn"), None) for name in names
    ))  # fmt: skip


def test_who_took_the_appeal_back_hears_no_more_of_it(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.write("b", SOON)
    square.send()
    take_back(square, "a")
    square.say("first", A.in_work)
    square.say("first", A.asking, "Какой подъезд?")
    owners = {row.id: row.external_id for row in square.all(t.appeal)}
    told = {(row.intent, owners[row.appeal_id]) for row in square.all(t.delivery, system=CHANNEL)}
    assert told == {("status", "b"), ("ask", "b")}


@pytest.mark.parametrize("together", [True, False])
def test_a_case_that_all_took_back_is_closed_and_its_filing_too(make_square: Make, together: bool) -> None:
    square = make_square("to: first")
    square.write("a")
    square.write("b", SOON)
    square.send()
    for names in ("ab",) if together else "ab":
        take_back(square, *names)
    (withdrawal,) = square.all(t.delivery, intent="withdraw")
    assert withdrawal.needs == square.one(t.delivery, intent="forward").id
    assert (square.one(t.cases).state, square.one(t.assignment).state) == ("closed", "withdrawn")
    assert square.say("first", A.declined, "Отозвано.").state == "done"
    assert (square.told(), square.desk()) == ({"a": [], "b": []}, [])
    assert not square.holes()


def test_what_was_taken_back_before_it_left_is_not_filed(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    take_back(square, "a")
    assert square.send() == []
    assert not square.holes()


def test_taken_back_while_a_person_looks_for_a_recipient(make_square: Make) -> None:
    square = make_square("to: triage")
    square.write("a")
    take_back(square, "a")
    assert (square.one(t.cases).state, square.desk()) == ("closed", [])


@pytest.mark.parametrize("sent", [True, False])
def test_a_case_goes_on_without_the_resident_that_it_began_with(make_square: Make, sent: bool) -> None:
    square = make_square("to: first")
    square.write("a")
    square.write("b", SOON)
    if sent:
        square.send()
    forget(square.store, square.one(t.appeal, external_id="a").id, "anna")
    if sent:
        square.say("first", A.redirected, "не наше", redirected_to="second")
    else:
        square.decide("route:second", kind="triage")
    filed = square.one(t.delivery, intent="forward", system="second")
    with square.store.read() as tx:
        scope = make_scope(square.site, filed, load_material(tx, [filed]))
    assert (scope.case.text, scope.applicant.phone, scope.appeal.external_id) == (TEXT, "+79000000001", "b")
    square.send()
    square.say("second", A.answered, "Сделали.")
    assert square.told() == {"a": [], "b": ["Сделали."]}
    assert not square.holes()


def list_meant(square: Square) -> list[tuple[str, str]]:
    """What recipients get or would get of whom."""
    owners = {row.id: row.external_id for row in square.all(t.appeal)}
    rows = square.all(t.delivery, system="first")
    return [(row.intent, owners[row.appeal_id]) for row in rows if row.state != "cancelled"]


def test_who_took_the_appeal_back_before_it_left_is_not_told_of(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.write("b", SOON)
    square.write("b", text=TEXT + ", и вчера тоже")
    take_back(square, "b")
    assert list_meant(square) == [("forward", "a")]
    square.write("c", SOON)
    take_back(square, "a")
    assert list_meant(square) == [("forward", "c")], "the case goes on with who is left"
    filed = square.one(t.delivery, intent="forward")
    with square.store.read() as tx:
        assert make_scope(square.site, filed, load_material(tx, [filed])).appeal.external_id == "c"
    square.send()
    square.say("first", A.answered, "Сделали.")
    assert square.told() == {"a": [], "b": [], "c": ["Сделали."]}
    assert not square.holes()


@pytest.mark.parametrize("by", ["undo", "cancel"])
def test_a_reply_that_waited_for_a_filing_that_is_given_up_is_a_persons(make_square: Make, by: str) -> None:
    square = make_square("to: triage")
    square.write("a")
    report = square.decide("route:first", kind="triage")
    square.write("b", SOON)
    square.take(reply("a"))
    if by == "undo":
        square.undo(report)
    else:
        square.refuse("first")
        square.decide("cancel", kind="delivery")
    (said,) = [row.id for row in square.all(t.answer) if row.state == "reply"]
    assert square.one(t.desk, kind="reply", open=True).evidence == said
    assert {row.intent for row in square.all(t.delivery, state="waiting")} == set()
    assert not square.holes()


def test_a_forgotten_resident_leaves_no_reply_at_the_desk(make_square: Make) -> None:
    square = make_square("to: first")
    for name, later in (("a", timedelta()), ("b", SOON)):
        square.write(name, later)
        square.take(reply(name))
    forget(square.store, square.one(t.appeal, external_id="a").id, "anna")
    (item,) = square.all(t.desk, kind="reply", open=True)
    (kept,) = [row for row in square.all(t.delivery, intent="supplement") if row.answer_id == item.evidence]
    assert kept.appeal_id == square.one(t.appeal, external_id="b").id
    assert not square.holes()
