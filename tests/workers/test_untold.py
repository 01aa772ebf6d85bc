"""What a recipient's mapping has no words for: the audit says so, and a person is asked where it is news."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from canonical.answer import Reference, Reply
from canonical.appeal import Appeal
from canonical.place import Place
from canonical.states import AssignmentState as A
from gateway.commands.evidence import find_untold
from ledger import tables as t
from ledger.life import tell
from tests.workers.square import CHANNEL, TEXT, Square

SOON = timedelta(minutes=5)
TOPICS = "version: 1\ntopics: {}\nurgent:\n  life:\n    - пахн* газом\n"
OTHER_HOUSE = TEXT.replace("у подъезда", "у дома 9 по улице Полярной")
Make = Callable[..., Square]


@pytest.fixture
def square(make_square: Make) -> Square:
    """Its recipients take filings, and nothing else."""
    square = make_square("to: first", intents=(), **{"topics.yaml": TOPICS})
    square.write("a")
    return square


def list_untold(square: Square) -> list[tuple[str, str, str]]:
    owners = {row.id: row.external_id for row in square.all(t.appeal)}
    notes = square.all(t.occurrence, kind="recipient.untold")
    said = [(owners[row.subject], orjson.loads(row.detail)) for row in notes]
    return [(name, detail["recipient"], detail["intent"]) for name, detail in said]


def test_a_change_of_words_is_noted(square: Square) -> None:
    square.send()
    square.write("a", text=TEXT + ", и вчера тоже")
    assert (list_untold(square), square.desk()) == ([("a", "first", "supplement")], [])
    with square.store.read() as tx:
        assert [one["intent"] for one in find_untold(tx, square.all(t.appeal))] == ["supplement"]
        assert "recipient.untold" in {moment.what for moment in tell(tx, square.one(t.cases).id)}


@pytest.mark.parametrize("text", [OTHER_HOUSE, TEXT + ". В подъезде пахнет газом"])
def test_another_address_or_danger_is_a_persons_once(square: Square, text: str) -> None:
    square.send()
    square.write("a", text=text)
    square.write("a", text=text + "!")
    assert (len(list_untold(square)), square.desk()) == (2, [("reply", "no_way_to_supplement")])
    assert square.one(t.desk).subject == square.one(t.cases).id
    square.decide("done", kind="reply")
    assert square.desk() == []


def test_what_has_not_left_is_filed_as_it_is_now(square: Square) -> None:
    square.write("a", text=OTHER_HOUSE)
    assert (list_untold(square), square.desk()) == ([], [])


def test_a_neighbour_who_joins_is_noted_and_asks_nobody(square: Square) -> None:
    square.write("b", SOON)
    assert (list_untold(square), square.desk()) == ([("b", "first", "join")], [])


def test_the_next_recipient_who_has_no_words_for_residents_is_noted_too(square: Square) -> None:
    square.write("b", SOON)
    square.send()
    square.take((CHANNEL, "reply", Reply(reference=Reference(number="a"), text="Второй подъезд."), None))
    square.say("first", A.redirected, "не наше", redirected_to="second")
    assert list_untold(square) == [("b", "first", "join"), ("b", "second", "join")]
    assert not square.holes()


def test_another_address_in_the_fields_alone_is_told(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    place = Place(settlement="Надым", street="Зверева", house="5")
    for house in ("5", "7"):
        moved = Appeal(text=TEXT, created_at=datetime.now(UTC), place=place.model_copy(update={"house": house}))
        square.take((CHANNEL, "appeal", moved, "a"))
    assert len(square.all(t.delivery, intent="supplement")) == 1


def test_danger_that_an_edit_tells_hurries_all_that_waits(make_square: Make) -> None:
    square = make_square("to: first", **{"topics.yaml": TOPICS})
    square.write("a")
    square.write("a", text=TEXT + ". В подъезде пахнет газом")
    assert {(row.intent, row.urgency) for row in square.all(t.delivery, system="first")} == {
        ("forward", 0), ("supplement", 0)
    }  # fmt: skip
    assert (square.one(t.appeal).urgency, square.one(t.cases).urgency) == (0, 0)
