"""Nobody gets a complaint of themselves: not by a join, not by an edit, not because another recipient names them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from canonical.states import AssignmentState as A
from ledger import tables as t
from tests.workers.square import TEXT, Square

SOON = timedelta(minutes=5)
ROUTES = """version: 1
never_to: {first: [домоуправлени* восток*], second: [домоуправлени* запад*]}
rules: {all: {when: {}, to: first}}
fallback: {to: third}
"""
OF_FIRST = TEXT + ". Жалоба на домоуправление Восток"
OF_SECOND = TEXT + ". Жалоба на домоуправление Запад"
Make = Callable[..., Square]


@pytest.fixture
def square(make_square: Make) -> Square:
    square = make_square("to: third", **{"routes.yaml": ROUTES})
    square.write("a")
    square.send()
    return square


def list_told(square: Square, recipient: str) -> list[str]:
    owners = {row.id: row.external_id for row in square.all(t.appeal)}
    return [f"{row.intent} {owners[row.appeal_id]}" for row in square.all(t.delivery, system=recipient)]


def test_who_complains_of_the_recipient_joins_no_case_of_it(square: Square) -> None:
    assert square.write("b", SOON, text=OF_FIRST).disposition == "opened"
    assert (list_told(square, "first"), list_told(square, "third")) == (["forward a"], ["forward b"])
    assert square.write("c", SOON).disposition == "joined"
    assert not square.holes()


@pytest.mark.parametrize("named", ["second", None])
def test_a_case_with_such_a_complaint_is_not_sent_on_to_whom_it_is_about(square: Square, named: str | None) -> None:
    square.write("b", SOON, text=OF_SECOND)
    square.say("first", A.redirected, "не наше", redirected_to=named)
    if named:
        assert (list_told(square, "second"), square.desk()) == ([], [("triage", "complained_of")])
    else:
        assert list_told(square, "third") == ["forward a", "join b"]
    assert not square.holes()


def test_an_edit_that_complains_of_the_recipient_is_a_persons(square: Square) -> None:
    square.write("a", text=OF_FIRST)
    square.write("a", text=OF_FIRST + "!")
    assert (list_told(square, "first"), square.desk()) == (["forward a"], [("reply", "complains_of_recipient")])
    assert not square.holes()


def test_who_takes_the_case_up_after_all_is_not_told_of_who_complained_of_it_meanwhile(square: Square) -> None:
    square.say("first", A.redirected, "не наше", redirected_to="Прокуратура")
    assert square.write("b", SOON, text=OF_FIRST).disposition == "joined"
    square.say("first", A.in_work, "всё же наше")
    assert list_told(square, "first") == ["forward a"]
    assert ("reply", "complains_of_recipient") in square.desk()
    assert not square.holes()
