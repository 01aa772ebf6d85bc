"""News of a case goes to those who work on it and to those who wait for it, and to nobody else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from canonical.answer import Reference, Reply
from canonical.states import AssignmentState as A
from ledger import tables as t
from tests.workers.square import CHANNEL, Arrival, Square

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
