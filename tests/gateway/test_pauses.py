"""A question to the resident stops the clock of those whose rule knows a pause, and of nobody else."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from canonical.answer import Answer, Question, Reference, Reply
from canonical.appeal import LegalKind, Urgency
from canonical.document import Document
from canonical.states import AssignmentState
from gateway.bootstrap import read_files
from ledger import cases, configs, desk_list, documents
from ledger import tables as t
from ledger.store import DECIDE, Lease
from router.workdays import Workdays
from tests.gateway.test_late_answers import ROOT, hear, lease, site, town
from tests.gateway.town import CHANNEL, RECIPIENT, Town
from workers.decide import _decide_round
from workers.resolve import decide, undo
from workers.site import Site
from workers.translate import Translated

__all__ = ["lease", "site", "town"]
ZONE, DAY_MS = ZoneInfo("Asia/Yekaterinburg"), 86_400_000
numbers = count(1)


def day(moment: int) -> date:
    return datetime.fromtimestamp(moment / 1000, ZONE).date()


def ask(town: Town, site: Site, lease: Lease, case: str, days_ago: int = 4) -> int:
    """The recipient asked so many days ago; the moment at which the clock stopped."""
    number = town.one(t.assignment, case_id=case).number
    hear(town, site, lease, Question(reference=Reference(number=number), text="Какой подъезд?"), kind="question")
    with town.store.write() as tx:
        stopped: int = town.one(t.cases, id=case, tx=tx).paused_at - days_ago * DAY_MS
        cases.change(tx, t.cases, case, paused_at=stopped)
    return stopped


def reply(town: Town, site: Site, lease: Lease, appeal: Any) -> None:
    name = f"reply-{next(numbers)}"
    with town.store.write() as tx:
        documents.record(tx, [(CHANNEL, Document(kind="reply", external_id=name, body=b"x"))])
    with town.store.write(lease) as tx:
        (claimed,) = documents.claim(tx, lease, 10)
    with town.store.write(lease, lock=DECIDE) as tx:
        said = Reply(reference=Reference(number=appeal.external_id), text="Второй.")
        _decide_round(tx, lease, site, [(Translated(claimed, [said]), [])])


def owe(town: Town, case: str, *contents: dict[str, Any], days: int = 10) -> list[int]:
    """The case's appeals become these, due in so many days and a little; their old deadlines."""
    told = []
    with town.store.write() as tx:
        for place, (row, more) in enumerate(zip(town.all(t.appeal, case_id=case, tx=tx), contents, strict=True)):
            due = tx.now + days * DAY_MS + place * DAY_MS
            content = cases.open_appeal(tx, row).model_copy(update=more)
            body = cases.seal_appeal(tx, row.id, content)
            cases.change(tx, t.appeal, row.id, due_at=due, body=body, legal_kind=content.legal_kind.value,
                         received_at=row.received_at - 9 * DAY_MS)  # fmt: skip
            cases.change(tx, t.obligation, town.one(t.obligation, appeal_id=row.id, tx=tx).id, due_at=due)
            told.append(due)
        cases.change(tx, t.cases, case, due_at=min(told))
        cases.change(tx, t.assignment, town.one(t.assignment, case_id=case, tx=tx).id, due_at=min(told))
    return told


LAW = {"legal_kind": LegalKind.appeal}
SOURCE = {"due_at": datetime(2026, 12, 1, tzinfo=UTC)}
PLAIN: dict[str, Any] = {}
LIFE = {"urgency": Urgency.life}


def test_each_deadline_moves_by_its_own_rule(town: Town, site: Site, lease: Lease) -> None:
    case = town.open_case("Иванов", "Сидоров", "Окотэтто", "Лаптандер", filed=True)
    law, source, plain, life = owe(town, case, LAW, SOURCE, PLAIN, LIFE)
    stopped = ask(town, site, lease, case)
    first, *_ = town.all(t.appeal, case_id=case)
    reply(town, site, lease, first)
    now = next(row.heard_at for row in town.all(t.answer, case_id=case) if row.state == "reply")
    due = [row.due_at for row in town.all(t.appeal, case_id=case)]
    assert due[:2] == [law, source], "59-ФЗ knows no pause, and the source has its own word"
    assert due[3] - life == now - stopped, "hours stand still to the millisecond"
    stood = Workdays().count(day(stopped), day(now))
    assert day(due[2]) == Workdays().add(day(plain), stood), "working days by working days"
    assert [row.due_at for row in town.all(t.obligation, case_id=case)] == due
    row = town.one(t.cases, id=case)
    assert (row.paused_at, row.state, row.due_at) == (None, "in_work", law), "the earliest of its appeals"
    assert town.one(t.assignment, case_id=case).due_at == law


@pytest.mark.parametrize("state", [AssignmentState.in_work, AssignmentState.postponed])
def test_a_recipient_that_goes_on_without_the_reply_lets_the_clock_run(
    town: Town, site: Site, lease: Lease, state: AssignmentState
) -> None:
    case = town.open_case("Иванов", filed=True)
    (before,) = owe(town, case, LIFE)
    ask(town, site, lease, case)
    hear(
        town, site, lease, Answer(reference=Reference(number=town.one(t.assignment, case_id=case).number), state=state)
    )
    row = town.one(t.cases, id=case)
    assert row.paused_at is None
    assert row.due_at - before >= 4 * DAY_MS


def test_an_asking_state_stops_the_clock_like_a_question(town: Town, site: Site, lease: Lease) -> None:
    case = town.open_case("Иванов", filed=True)
    number = town.one(t.assignment, case_id=case).number
    asking = Answer(reference=Reference(number=number), state=AssignmentState.asking, text="Какой подъезд?")
    hear(town, site, lease, asking)
    assert town.one(t.cases, id=case).paused_at is not None
    hear(town, site, lease, Answer(reference=Reference(number=number), state=AssignmentState.in_work))
    assert town.one(t.cases, id=case).paused_at is None


def test_a_pause_that_one_document_ends_and_begins_anew_counts_once(town: Town, site: Site, lease: Lease) -> None:
    case = town.open_case("Иванов", filed=True)
    (before,) = owe(town, case, LIFE)
    stopped = ask(town, site, lease, case)
    reference = Reference(number=town.one(t.assignment, case_id=case).number)
    hear(
        town, site, lease, Answer(reference=reference, state=AssignmentState.in_work, entry="1"),
        Answer(reference=reference, state=AssignmentState.asking, text="А этаж?", entry="2"),
    )  # fmt: skip
    row = town.one(t.cases, id=case)
    assert row.paused_at > stopped + 3 * DAY_MS
    assert 4 * DAY_MS <= row.due_at - before < 5 * DAY_MS


def test_a_question_in_a_reopened_case_stops_its_clock(town: Town, site: Site, lease: Lease) -> None:
    case = town.open_case("Иванов", filed=True)
    (before,) = owe(town, case, LIFE)
    (row,) = town.all(t.appeal, case_id=case)
    with town.store.write() as tx:
        cases.change(tx, t.appeal, row.id, state="answered")  # told once, and owed again
    ask(town, site, lease, case)
    reply(town, site, lease, row)
    assert town.one(t.cases, id=case).due_at - before >= 4 * DAY_MS


@pytest.mark.parametrize("asked", ["source", "target", "both"])
def test_a_join_by_hand_counts_each_pause_once(town: Town, site: Site, lease: Lease, asked: str) -> None:
    """Four days stood still before the join; after it only the clock of a target that asks stands, for all of it."""
    older, newer = (town.open_case(name, filed=True) for name in ("Иванов", "Сидоров"))
    (there,), (here,) = owe(town, older, LIFE), owe(town, newer, LIFE)
    with town.store.write() as tx:
        configs.activate(tx, read_files(ROOT / "mappings"), "anna")
    for case in {"source": [newer], "target": [older], "both": [older, newer]}[asked]:
        ask(town, site, lease, case)
    before = town.photograph()
    report = decide(town.store, site.sends, [town.suggest(newer, older)], "join", "anna")
    assert not report.faults
    kept = town.one(t.cases, id=older)
    assert (town.one(t.cases, id=newer).paused_at, bool(kept.paused_at)) == (None, asked != "source")
    moved = [round((row.due_at - due) / DAY_MS) for row, due in zip(town.all(t.appeal), (there, here), strict=True)]
    assert moved == {"source": [0, 4], "target": [4, 0], "both": [4, 4]}[asked]
    assert kept.due_at == min(row.due_at for row in town.all(t.obligation))
    undo(town.store, site.sends, report.batch, "anna")
    assert town.photograph() | {"desk": 0} == before | {"desk": 0}
    if asked != "source":
        decide(town.store, site.sends, [town.suggest(newer, older)], "join", "anna")
        with town.store.write() as tx:
            cases.change(tx, t.cases, older, paused_at=tx.now - DAY_MS)
        reply(town, site, lease, town.all(t.appeal)[0])
        later = [round((row.due_at - due) / DAY_MS) for row, due in zip(town.all(t.appeal), (there, here), strict=True)]
        assert later == [was + 1 for was in moved]


def test_a_person_settles_a_question_and_takes_it_back(town: Town, site: Site, lease: Lease) -> None:
    case = town.open_case("Иванов", "Сидоров", filed=True)
    law, life = owe(town, case, LAW, LIFE)
    stopped = ask(town, site, lease, case)
    with town.store.write() as tx:
        configs.activate(tx, read_files(ROOT / "mappings"), "anna")
        item = desk_list.add(tx, "question", case, RECIPIENT, "no_way_to_ask")
    before = town.photograph()
    report = decide(town.store, site.sends, [item], "done", "anna")
    assert not report.faults
    due = [row.due_at for row in town.all(t.appeal, case_id=case)]
    assert due[0] == law
    assert due[1] - life >= 4 * DAY_MS
    assert town.one(t.cases, id=case).paused_at is None
    undo(town.store, site.sends, report.batch, "anna")
    assert town.photograph() == before
    assert town.one(t.cases, id=case).paused_at == stopped
