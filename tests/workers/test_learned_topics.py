"""Workers use the model that topics.yaml names: sure, it decides; unsure, a person does, and the next model learns."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from gateway.bootstrap import read_files
from gateway.commands.evidence import gather
from gateway.decided import read_decided
from ledger import cases, desk_list
from ledger import tables as t
from router.classifier.training import train
from tests.router.test_classifier import make
from tests.workers.talk import HARNESS, TALK, Talk
from workers.activation import activate
from workers.resolve import decide, undo

MODEL = train(make(20, 1)).dump()
TOPICS = """version: 1
model: {file: topics.model, sha256: SHA}
urgent: {life: [пахн* газом]}
topics:
  heat: {title: Тепло, labels: [тепло]}
  roads: {title: Дороги, labels: [дороги], codes: {talk: ["7"]}}
  light: {title: Свет, labels: [свет], words: [светильник*]}
  gas: {title: Газ, words: [пахн* газом]}
"""
ROUTES = """version: 1
rules:
  light: {when: {topic: light}, to: recipient}
  gas: {when: {topic: gas}, to: recipient}
  roads: {when: {topic: roads}, to: triage}
fallback: {to: recipient}
"""


@pytest.fixture
def town(talk: Talk) -> Iterator[Talk]:
    coded = TALK.replace("    thread: {quiet: 2m}\n", "")
    coded = coded.replace("      text: text?", "      topic.raw.code: topic?\n      text: text?")
    with talk.runtime.store.write() as tx:
        changed = {
            "systems/talk.yaml": coded, "routes.yaml": ROUTES, "duplicates.yaml": "version: 1\nenabled: no\n",
            "topics.yaml": TOPICS.replace("SHA", hashlib.sha256(MODEL).hexdigest()),
            "topics.model": base64.b64encode(MODEL).decode(),
        }  # fmt: skip
        activate(tx, read_files(HARNESS) | changed, "test")
    yield talk


def tell(town: Talk, text: str, **rest: Any) -> Any:
    """The case that this text opens."""
    town.say("m1", text, chat=None, **rest)
    town.decide()
    with town.runtime.store.read() as tx:
        return tx.run(select(t.cases)).one()


def list_triage(town: Talk) -> list[Any]:
    with town.runtime.store.read() as tx:
        return desk_list.list_open(tx, desk_list.Filter(kind="triage"))


def find_item(town: Talk) -> Any:
    return list_triage(town)[0]


def read_note(town: Talk, kind: str) -> Any:
    with town.runtime.store.read() as tx:
        return orjson.loads(tx.run(select(t.occurrence.c.detail).where(t.occurrence.c.kind == kind)).scalar_one())


def count_forwards(town: Talk) -> dict[str, int]:
    with town.runtime.store.read() as tx:
        rows = tx.run(select(t.delivery.c.state).where(t.delivery.c.intent == "forward")).scalars().all()
    return {state: rows.count(state) for state in rows}


SURE = "фонарь погас, темно, столб и лампа"
UNSURE = "фонарь погас, а на дороге яма"


def test_what_the_model_is_sure_of_is_routed_by_the_rules(town: Talk) -> None:
    case = tell(town, SURE)
    assert (case.topic, case.rule, case.state) == ("light", "light", "routed")
    assert read_note(town, "case.opened")["topic_by"] == "model"
    assert not town.holes()


def test_what_it_is_not_sure_of_waits_with_the_likeliest_topics(town: Talk) -> None:
    case, item = tell(town, UNSURE), find_item(town)
    assert (case.topic, case.state, item.reason) == (None, "triage", "topic_unsure")
    assert set(orjson.loads(item.evidence)["topics"]) == {"heat", "roads", "light"}
    assert count_forwards(town) == {}


def test_a_person_names_the_topic_and_the_rules_take_it_from_there(town: Talk) -> None:
    tell(town, UNSURE)
    item = find_item(town)
    report = decide(town.runtime.store, lambda *_: True, [item.id], "topic:light", "anna")
    assert not report.faults
    with town.runtime.store.read() as tx:
        case = tx.run(select(t.cases)).one()
        assert (case.topic, case.rule, case.state) == ("light", "light", "routed")
        assert tx.run(select(t.appeal.c.topic)).scalar_one() == "light"
        assert cases.open_appeal(tx, tx.run(select(t.appeal)).one()).topic.code == "light"
    assert read_note(town, "case.topic") == {"topic": "light", "was": None}
    assert count_forwards(town) == {"waiting": 1}
    assert undo(town.runtime.store, lambda *_: True, report.batch, "anna").done == 1
    assert count_forwards(town) == {"cancelled": 1}
    assert find_item(town).id == item.id


def test_a_topic_that_no_rule_sends_anywhere_stays_on_the_desk(town: Talk) -> None:
    tell(town, UNSURE)
    item = find_item(town)
    assert not decide(town.runtime.store, lambda *_: True, [item.id], "topic:roads", "anna").faults
    assert find_item(town).id == item.id
    wrong = decide(town.runtime.store, lambda *_: True, [item.id], "topic:ligt", "anna")
    assert "did you mean" in wrong.faults[0][1]


def test_the_channels_code_wins_and_the_guess_is_kept(town: Talk) -> None:
    case = tell(town, SURE, topic="7")
    assert (case.topic, case.state) == ("roads", "triage")
    told = read_note(town, "case.opened")
    assert told["topic_by"] == "code"
    assert max(told["guess"], key=told["guess"].get) == "light"


def test_what_may_cost_a_life_never_waits_for_a_topic(town: Talk) -> None:
    case = tell(town, "во дворе пахнет газом")
    assert (case.topic, case.rule, case.state) == ("gas", "gas", "routed")


def test_words_count_where_the_model_thinks_of_the_same(town: Talk) -> None:
    case = tell(town, "светильник столб яма")
    item = read_note(town, "case.opened")
    assert (case.topic, item["topic_by"]) in {("light", "words"), ("light", "model")}


def test_the_ledger_teaches_what_was_told_and_never_what_was_guessed(town: Talk) -> None:
    town.say("m1", UNSURE, chat=None)
    town.say("m2", "на улице глубокая колея", chat=None, topic="7")
    town.say("m3", SURE, chat=None)
    town.decide()
    with town.runtime.store.read() as tx:
        assert [(each.text, each.label) for each in read_decided(tx, "theme") if not each.title] == [
            ("на улице глубокая колея", "roads")
        ]
    item = next(one for one in list_triage(town) if one.reason == "topic_unsure")
    report = decide(town.runtime.store, lambda *_: True, [item.id], "topic:light", "anna")
    with town.runtime.store.read() as tx:
        told = read_decided(tx, "theme")
    assert {(each.text, each.label) for each in told if not each.title} == {
        (UNSURE, "light"), ("на улице глубокая колея", "roads"),
    }  # fmt: skip
    assert {each.text for each in told if each.title} == {"Свет", "Дороги"}
    undo(town.runtime.store, lambda *_: True, report.batch, "anna")
    with town.runtime.store.read() as tx:
        assert "light" not in {each.label for each in read_decided(tx, "theme")}


def explain(town: Talk, case_id: str) -> Any:
    with town.runtime.store.read() as tx:
        return gather(tx, case_id)


def test_explain_tells_who_decided_and_what_the_model_thought(town: Talk) -> None:
    case = tell(town, UNSURE)
    told = explain(town, case.id)["route"]
    assert (told["rule"], told["to"], set(told["model"])) == ("topic_unsure", [], {"heat", "roads", "light"})
    assert "not sure" in told["rules"][0]["why"]
    decide(town.runtime.store, lambda *_: True, [find_item(town).id], "topic:light", "anna")
    (named,) = explain(town, case.id)["topics_named"]
    assert (named["topic"], named["was"], named["by"]) == ("light", None, "anna")


def test_explain_takes_no_guess_of_ours_for_the_channels_code(town: Talk) -> None:
    case = tell(town, SURE)
    assert explain(town, case.id)["route"]["topic_why"].startswith("the model is sure")


def test_explain_names_the_channels_code(town: Talk) -> None:
    case = tell(town, SURE, topic="7")
    assert explain(town, case.id)["route"]["topic_why"].startswith(
        "the channel's code, by topics.yaml; the model: light"
    )
