"""Who gets a case later gets what the first one had: of every resident, their files, and what they replied."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from canonical.answer import Answer, Reference, Reply
from canonical.states import AssignmentState as A
from ledger import desk_list
from ledger import tables as t
from tests.workers.square import CHANNEL, TEXT, Square
from workers.scope import load_material, make_scope

SOON = timedelta(minutes=5)
Make = Callable[..., Square]


def list_told(square: Square, recipient: str) -> list[tuple[str, str]]:
    """What is meant for this recipient, in order: (intent, the resident's own id of the appeal)."""
    owners = {row.id: row.external_id for row in square.all(t.appeal)}
    rows = square.all(t.delivery, system=recipient)
    return [(row.intent, owners[row.appeal_id]) for row in rows if row.state != "cancelled"]


def view(square: Square, row: Any) -> Any:
    with square.store.read() as tx:
        return make_scope(square.site, row, load_material(tx, [row]))


def join(square: Square, one: str, other: str) -> Any:
    """A person says that these two residents write of one problem."""
    of = {row.external_id: row for row in square.all(t.appeal)}
    pair = {"appeal": of[one].id, "other": of[other].id, "case": of[other].case_id}
    with square.store.write() as tx:
        desk_list.add(tx, "suggestion", of[one].case_id, CHANNEL, "may_be_same", orjson.dumps(pair).decode())
    return square.decide("join", kind="suggestion")


def reply(square: Square, name: str, text: str = "Второй подъезд.") -> None:
    square.take((CHANNEL, "reply", Reply(reference=Reference(number=name), text=text), None))


def test_the_next_recipient_hears_of_all_who_joined(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.write("b", SOON)
    square.send()
    square.say("first", A.redirected, "не наше", redirected_to="second")
    assert list_told(square, "second") == [("forward", "a"), ("join", "b")]
    filed, joined = square.all(t.delivery, system="second")
    assert (joined.needs, joined.assignment_id) == (filed.id, filed.assignment_id)
    square.send()
    number = square.one(t.assignment, recipient="second").number
    assert (view(square, joined).number, view(square, joined).appeal.text) == (number, TEXT)
    assert not square.holes()


def test_each_next_recipient_hears_of_each_resident_once(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.write("b", SOON)
    square.send()
    square.say("first", A.redirected, "не наше", redirected_to="second")
    square.write("c", SOON)
    square.send()
    square.say("second", A.redirected, "не наше", redirected_to="third")
    for name in ("second", "third"):
        assert list_told(square, name) == [("forward", "a"), ("join", "b"), ("join", "c")]


def test_who_joined_while_a_person_looked_for_a_recipient_is_told_of(make_square: Make) -> None:
    square = make_square("to: triage")
    square.write("a")
    square.write("b", SOON)
    report = square.decide("route:second", kind="triage")
    assert list_told(square, "second") == [("forward", "a"), ("join", "b")]
    square.undo(report)
    assert list_told(square, "second") == []
    square.decide("route:third", kind="triage")
    assert list_told(square, "third") == [("forward", "a"), ("join", "b")]
    assert not square.holes()


def test_what_residents_replied_goes_with_the_case_once(make_square: Make) -> None:
    square = make_square("to: [first, third], lead: first")
    square.write("a")
    square.send()
    square.say("first", A.asking, "Какой подъезд?")
    reply(square, "a")
    square.send()
    square.say("first", A.redirected, "не наше", redirected_to="second")
    filed, told = square.all(t.delivery, system="second")
    assert (told.intent, told.needs, told.appeal_id) == ("supplement", filed.id, filed.appeal_id)
    assert view(square, told).answer.text == "Второй подъезд."
    square.send()
    assert not square.holes()


def test_a_filing_that_was_taken_back_by_mistake_is_made_anew_with_all_its_residents(make_square: Make) -> None:
    """Two cases were joined, one of them with two residents, and parted again."""
    square = make_square("to: first")
    square.write("c", text="Яма на дороге, колесо пробили")
    square.write("a")
    square.write("b", SOON)
    square.send()
    report = join(square, "a", "c")
    assert ("withdraw", "first") in square.send()
    square.undo(report)
    square.send()
    again = square.all(t.delivery, intent="forward", generation=1)
    (told,) = [row for row in square.all(t.delivery, intent="join") if row.needs == again[0].id]
    assert view(square, told).appeal.external_id == "b"
    assert not square.holes()


def test_a_filing_that_is_taken_back_is_one_thing_to_do_however_many_joined(make_square: Make) -> None:
    square = make_square("to: triage", intents=("join", "supplement"))
    square.write("a")
    for name in ("b", "c"):
        square.write(name, SOON)
    report = square.decide("route:second", kind="triage")
    square.send()
    square.undo(report)
    assert [row.reason for row in square.all(t.desk, kind="withdrawal")] == ["forward_was_sent"]


def test_what_residents_of_a_joined_case_replied_is_told_too(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.write("c", text="Яма на дороге, колесо пробили")
    square.send()
    reply(square, "c", "У третьей опоры.")
    square.send()
    join(square, "c", "a")
    told = square.all(t.delivery, intent="supplement", state="waiting")
    assert [view(square, row).answer.text for row in told] == ["У третьей опоры."]
    assert told[0].needs == square.one(t.delivery, intent="forward", case_id=told[0].case_id).id
    square.send()
    assert not square.holes()


def test_who_sent_the_case_on_is_not_sent_what_had_not_left(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.write("b", SOON)
    square.say("first", A.redirected, "не наше", redirected_to="second")
    assert list_told(square, "first") == [("forward", "a")]
    assert list_told(square, "second") == [("forward", "a"), ("join", "b")]
    assert not square.holes()


def test_who_takes_the_case_up_after_all_is_sent_it(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    square.write("b", SOON)
    square.say("first", A.redirected, "не наше", redirected_to="Прокуратура")
    square.say("first", A.in_work, "всё же наше")
    assert list_told(square, "first") == [("forward", "a"), ("join", "b")]
    assert ("join", "first") in square.send()
    assert not square.holes()


@pytest.mark.parametrize("sent", [False, True])
def test_a_join_that_was_a_mistake_is_not_told_to_the_next_recipient_either(make_square: Make, sent: bool) -> None:
    square = make_square("to: first")
    square.write("a")
    square.write("c", text="Яма на дороге, колесо пробили")
    square.send()
    filed = square.all(t.delivery, intent="forward")[0]
    report = join(square, "c", "a")
    said = {"state": A.redirected, "text": "не наше", "redirected_to": "second"}
    square.take(("first", "answer", Answer(reference=Reference(delivery=filed.id), **said), None))
    if sent:
        square.send()
    square.undo(report)
    told = [row for row in square.all(t.desk, open=True, kind="withdrawal") if row.system == "second"]
    assert [row.reason for row in told] == (["join_was_sent"] if sent else [])
    square.send()
    assert list_told(square, "second") == [("forward", "a"), *([("join", "c")] if sent else [])]
    assert not square.holes()
