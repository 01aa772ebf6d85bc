"""«Not ours»: the case goes on, once to each, with its history; loops and late ones wait for a person."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from canonical.document import Document
from gateway.bootstrap import read_files
from gateway.decided import read_decided
from ledger import cases, deliveries, desk_list, documents
from ledger import tables as t
from tests.workers.talk import HARNESS, TALK, Talk
from workers.activation import activate
from workers.scope import load_material, make_scope

ROUTES = """version: 1
rules:
  heat: {when: {topic: heating}, to: first}
  any_heat: {when: {topic: heating}, to: second}
fallback: {to: triage}
"""
TOPICS = "version: 1\ntopics:\n  heating: {title: Отопление, words: [батаре*]}\n"
DEADLINES = "version: 1\ndefault: {registration: 1 day, redirect: 7 days, answer: 30 days}\n"


def make_recipient(name: str) -> str:
    text = read_files(HARNESS)["systems/recipient.yaml"].replace("system: recipient", f"system: {name}")
    text = text.replace("title: Получатель", f"title: Служба {name}").replace(
        "asking, postponed, redirected,", "asking, postponed,"
    )
    text = text.replace("    answered: [done]", "    answered: [done]\n    redirected: [not_ours]")
    return text.replace("      text: answer\n", "      text: answer\n      redirected_to: other?\n")


@pytest.fixture
def town(talk: Talk) -> Iterator[Talk]:
    with talk.runtime.store.write() as tx:
        changed = {f"systems/{name}.yaml": make_recipient(name) for name in ("first", "second", "third")}
        changed |= {
            "systems/talk.yaml": TALK.replace("    thread: {quiet: 2m}\n", ""), "routes.yaml": ROUTES,
            "topics.yaml": TOPICS, "deadlines.yaml": DEADLINES, "duplicates.yaml": "version: 1\nenabled: no\n",
        }  # fmt: skip
        activate(tx, read_files(HARNESS) | changed, "test")
    talk.say("m1", "холодные батареи", chat=None)
    talk.decide()
    yield talk


def read(town: Talk, query: Any) -> list[Any]:
    with town.runtime.store.read() as tx:
        return list(tx.run(query))


def take(town: Talk, name: str) -> str:
    """The forward has reached this recipient; its number there."""
    row = read(town, select(t.delivery).where(t.delivery.c.system == name, t.delivery.c.intent == "forward"))[0]
    with town.runtime.store.write() as tx:
        cases.change(tx, t.delivery, row.id, state="delivered", plan=b"sent")
        deliveries.apply_receipts(tx, [(row, f"N-{name}")])
    return f"N-{name}"


def answer(town: Talk, name: str, status: str, text: str = "", **more: str) -> None:
    said = {"case_number": f"N-{name}", "external_id": "v_0", "status": status, "answer": text} | more
    with town.runtime.store.write() as tx:
        body = json.dumps(said).encode()
        documents.record(
            tx, [(name, Document(kind="answer", external_id=f"N-{name}", revision=text + status, body=body))]
        )
    town.decide()


def refuse(town: Talk, name: str, text: str = "не наши сети", **more: str) -> None:
    take(town, name)
    answer(town, name, "not_ours", text, **more)


def find_case(town: Talk) -> Any:
    return read(town, select(t.cases))[0]


def list_desk(town: Talk) -> list[tuple[str, str]]:
    return [(row.reason, row.evidence) for row in read(town, select(t.desk).where(t.desk.c.open.is_(True)))]


def list_assignments(town: Talk) -> list[tuple[str, str, bool]]:
    rows = read(town, select(t.assignment).order_by(t.assignment.c.id))
    return [(row.recipient, row.state, row.lead) for row in rows]


def test_it_goes_to_whom_the_recipient_names(town: Talk) -> None:
    refuse(town, "first", other="Служба third")
    assert list_assignments(town) == [("first", "redirected", False), ("third", "planned", True)]
    assert (find_case(town).state, list_desk(town)) == ("routed", [])
    (note,) = read(town, select(t.occurrence).where(t.occurrence.c.kind == "case.redirected"))
    assert orjson.loads(note.detail) == {"from": "first", "to": "third", "by": "recipient"}
    assert not town.holes()


def test_without_a_name_the_next_rule_has_a_recipient(town: Talk) -> None:
    refuse(town, "first")
    assert list_assignments(town)[1] == ("second", "planned", True)


def test_the_next_recipient_reads_who_had_it_and_why(town: Talk) -> None:
    refuse(town, "first", "это частные сети")
    refuse(town, "second", "и не наши", other="third")
    (row,) = read(town, select(t.delivery).where(t.delivery.c.system == "third"))
    with town.runtime.store.read() as tx:
        scope = make_scope(town.runtime.site(), row, load_material(tx, [row]))
    assert scope.case.history.splitlines() == [
        "Служба first, № N-first — не в их ведении: «это частные сети»",
        "Служба second, № N-second — не в их ведении: «и не наши»",
    ]


def test_a_loop_goes_to_the_desk_with_its_path(town: Talk) -> None:
    refuse(town, "first", other="second")
    refuse(town, "second", other="first")
    assert list_desk(town) == [("redirect_loop", "first → second → first")]
    assert find_case(town).state == "triage"
    assert not town.holes()


def test_a_recipient_who_names_itself_is_a_loop_too(town: Talk) -> None:
    refuse(town, "first", other="first")
    assert [reason for reason, _ in list_desk(town)] == ["redirect_loop"]


def test_whom_nobody_knows_a_person_finds(town: Talk) -> None:
    refuse(town, "first", other="Прокуратура")
    assert list_desk(town) == [("redirected", "first → Прокуратура")]


def test_when_all_rules_had_it_a_person_decides(town: Talk) -> None:
    refuse(town, "first")
    refuse(town, "second")
    assert list_desk(town) == [("redirected", "first → second")]


def test_after_the_term_of_the_law_a_person_decides(town: Talk) -> None:
    with town.runtime.store.write() as tx:
        long_ago = tx.now - round(timedelta(days=8, hours=1).total_seconds() * 1000)
        tx.run(update(t.appeal).values(received_at=long_ago))
    refuse(town, "first")
    assert [reason for reason, _ in list_desk(town)] == ["redirect_late"]


def test_the_last_one_answers_and_teaches_who_is_responsible(town: Talk) -> None:
    refuse(town, "first")
    take(town, "second")
    answer(town, "second", "done", "Починили")
    assert find_case(town).state == "answered"
    with town.runtime.store.read() as tx:
        (example,) = read_decided(tx, "executor")
        assert not desk_list.list_open(tx, desk_list.Filter(kind="triage"))
    assert (example.text, example.label) == ("холодные батареи", "second")
    assert "theme=heating" in example.known


def test_two_of_one_batch_do_not_send_it_to_one_place_twice(town: Talk) -> None:
    """Both recipients of a case give it back at once."""
    with town.runtime.store.write() as tx:
        both = ROUTES.replace("to: first}", "to: [first, second], lead: first}").replace("to: second}", "to: third}")
        files = read_files(HARNESS) | {f"systems/{n}.yaml": make_recipient(n) for n in ("first", "second", "third")}
        files |= {"systems/talk.yaml": TALK.replace("    thread: {quiet: 2m}\n", ""), "topics.yaml": TOPICS,
                  "routes.yaml": both, "duplicates.yaml": "version: 1\nenabled: no\n"}  # fmt: skip
        activate(tx, files, "test")
    town.say("m2", "батареи ледяные", chat=None)
    town.decide()
    case = read(town, select(t.cases).order_by(t.cases.c.id.desc()))[0]
    with town.runtime.store.write() as tx:
        for row in tx.run(
            select(t.delivery).where(t.delivery.c.case_id == case.id, t.delivery.c.intent == "forward")
        ).all():
            cases.change(tx, t.delivery, row.id, state="delivered", plan=b"sent")
            deliveries.apply_receipts(tx, [(row, f"B-{row.system}")])
        for name in ("first", "second"):
            said = {"case_number": f"B-{name}", "external_id": "v_0", "status": "not_ours", "answer": "нет"}
            body = json.dumps(said).encode()
            documents.record(tx, [(name, Document(kind="answer", external_id=f"B-{name}", revision="1", body=body))])
    town.decide()
    rows = read(town, select(t.assignment).where(t.assignment.c.case_id == case.id).order_by(t.assignment.c.id))
    assert [(row.recipient, row.state) for row in rows] == [
        ("first", "redirected"), ("second", "redirected"), ("third", "planned"),
    ]  # fmt: skip
    assert [reason for reason, _ in list_desk(town)] == ["redirected"]
