"""Many residents write of one trouble: a mass event is proposed, a person opens it, emergencies stand alone."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from gateway.bootstrap import read_files
from ledger import cases, desk_list
from ledger import tables as t
from tests.workers.talk import HARNESS, TALK, Talk
from workers.activation import activate
from workers.crowds import find_crowds, watch
from workers.resolve import decide

EVENTS = "version: 1\nwindow: 2 hours\npeople: 5\nhouses: 3\ntopics: [cold]\n"
TOPICS = """version: 1
urgent: {life: [кислородн*, пахн* газом]}
topics:
  cold: {title: Нет тепла, words: [нет отопления, холодно, батареи]}
  dark: {title: Темно, words: [не горит]}
"""
PLACES = """version: 1
region: "719"
municipalities:
  "71951000": {name: Салехард, settlements: [Салехард]}
"""
STREETS = ("Зверева", "Полярная", "Ленина", "Набережная", "Заводская", "Строителей", "Комсомольская", "Южная")
SALEKHARD = "71951000"


@pytest.fixture
def town(talk: Talk) -> Iterator[Talk]:
    with talk.runtime.store.write() as tx:
        lone = TALK.replace("    thread: {quiet: 2m}\n", "")
        changed = {
            "systems/talk.yaml": lone, "events.yaml": EVENTS, "topics.yaml": TOPICS, "places.yaml": PLACES,
            "duplicates.yaml": "version: 1\nenabled: no\n",
        }  # fmt: skip
        activate(tx, read_files(HARNESS) | changed, "test")
    yield talk


def complain(town: Talk, number: int, what: str = "нет отопления, холодно", who: int | None = None) -> None:
    street = STREETS[number % len(STREETS)]
    text = f"Салехард, ул. {street}, д. {number % 4 + 1}: {what}"
    town.say(f"m{number}", text, chat=None, **{"from": str(number if who is None else who)})


def look(town: Talk) -> list[Any]:
    with town.runtime.store.write() as tx:
        tx.run(update(t.schedule).where(t.schedule.c.name == "crowds").values(due_at=0))
    watch(town.runtime)
    with town.runtime.store.read() as tx:
        return desk_list.list_open(tx, desk_list.Filter(kind="event"))


def list_cases(town: Talk) -> list[Any]:
    with town.runtime.store.read() as tx:
        return list(tx.run(select(t.cases).order_by(t.cases.c.id)))


def answer(town: Talk, item: Any, word: str) -> None:
    assert decide(town.runtime.store, lambda *_: True, [item.id], word, "anna").done == 1


def test_a_crowd_is_proposed_and_never_opened_by_itself(town: Talk) -> None:
    for number in range(6):
        complain(town, number)
    complain(town, 20, "не горит фонарь")
    town.decide()
    (item,) = look(town)
    told = orjson.loads(item.evidence)
    assert told["topic"] == "cold" and told["oktmo"] == SALEKHARD
    assert told["people"] == 6 and told["houses"] == 6 and told["emergencies"] == 0
    assert {row.event_id for row in list_cases(town)} == {None}


@pytest.mark.parametrize("residents", [[1] * 8, [1, 2, 3, 4] * 2])
def test_few_residents_who_write_often_are_no_crowd(town: Talk, residents: list[int]) -> None:
    for number, who in enumerate(residents):
        complain(town, number, who=who)
    town.decide()
    assert look(town) == []


def test_one_house_is_no_crowd(town: Talk) -> None:
    for number in range(8):
        complain(town, number * 8, who=number)  # the same street and house
    town.decide()
    assert look(town) == []


def test_an_open_event_takes_newcomers_and_no_emergency(town: Talk) -> None:
    for number in range(6):
        complain(town, number)
    complain(town, 6, "нет отопления, лежачий больной на кислородном аппарате")
    town.decide()
    (item,) = look(town)
    assert orjson.loads(item.evidence)["emergencies"] == 1
    answer(town, item, "open")
    complain(town, 9)
    complain(town, 10, "холодно, в подъезде пахнет газом")
    complain(town, 11, "не горит фонарь")
    town.decide()
    grouped = [row for row in list_cases(town) if row.event_id]
    assert len(grouped) == 7 and {row.topic for row in grouped} == {"cold"}
    assert all(row.urgency > 0 for row in grouped)
    with town.runtime.store.read() as tx:
        (paged,) = desk_list.list_open(tx, desk_list.Filter(kind="emergency"))
        assert paged.urgency == 0
        text = cases.open_appeal(tx, tx.run(select(t.appeal).where(t.appeal.c.case_id == paged.subject)).one()).text
    assert "газом" in text
    assert look(town) == []


def test_who_said_no_is_asked_again_when_twice_as_many_write(town: Talk) -> None:
    for number in range(6):
        complain(town, number)
    town.decide()
    (item,) = look(town)
    answer(town, item, "separate")
    complain(town, 6)
    town.decide()
    assert look(town) == []
    for number in range(7, 13):
        complain(town, number)
    town.decide()
    (again,) = look(town)
    assert again.id != item.id and orjson.loads(again.evidence)["people"] == 13


def test_a_proposal_that_waits_has_the_newest_numbers(town: Talk) -> None:
    for number in range(6):
        complain(town, number)
    town.decide()
    (before,) = look(town)
    complain(town, 7)
    town.decide()
    (after,) = look(town)
    assert after.id == before.id and orjson.loads(after.evidence)["people"] == 7


def test_what_is_older_than_the_window_counts_no_more(town: Talk) -> None:
    for number in range(6):
        complain(town, number)
    town.decide()
    policy = town.runtime.site().policy.crowds
    with town.runtime.store.write() as tx:
        assert find_crowds(replace(tx, now=tx.now + 3 * 3_600_000), policy) == []
