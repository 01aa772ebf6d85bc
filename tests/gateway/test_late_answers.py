"""Recipients answer filings that a person joined away: the right residents hear it, also when the join is undone."""

from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import Tools
from canonical.answer import Answer, Question, Reference
from canonical.document import Document
from canonical.form import Form
from canonical.states import AssignmentState
from gateway.bootstrap import open_parts, read_files
from gateway.settings import read_settings
from ledger import documents, leases
from ledger import tables as t
from ledger.store import DECIDE, Lease
from tests.gateway.town import RECIPIENT, Town
from workers.decide import _decide_round
from workers.resolve import decide, undo
from workers.site import Site, compile_site
from workers.translate import Translated

ROOT = Path(__file__).parents[2]
A = AssignmentState
numbers = count(1)


@pytest.fixture
def town(tmp_path: Path, ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """On both engines."""
    monkeypatch.setenv("TSUR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TSUR_DATABASE_URL", ledger_url)
    made = Town(open_parts(read_settings(), upgrade=True).store)
    yield made
    made.store.close()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    for name in ("CITY_APP", "HOTLINE", "MINISTRY", "NADYM", "PORTAL", "POS", "TEPLO"):
        monkeypatch.setenv(f"TSUR_URL_{name}", "http://127.0.0.1:9")
    return compile_site("test", read_files(ROOT / "mappings"), Tools(lambda name: name, lambda digest: b""))


@pytest.fixture
def lease(town: Town) -> Lease:
    return leases.take_lease(town.store, "worker")


def hear(town: Town, site: Site, lease: Lease, *readings: Form, kind: str = "answer") -> list[Any]:
    """One batch of documents of the recipient, as the decide stage takes them; the documents as they ended."""
    names = [f"w-{next(numbers)}" for _ in readings]
    with town.store.write() as tx:
        arrivals = [(RECIPIENT, Document(kind=kind, external_id=x, body=x.encode())) for x in names]
        documents.record(tx, arrivals)
    with town.store.write(lease) as tx:
        claimed = {one.external_id: one for one in documents.claim(tx, lease, 10)}
    with town.store.write(lease, lock=DECIDE) as tx:
        items = [(Translated(claimed[x], [reading]), []) for x, reading in zip(names, readings, strict=True)]
        _decide_round(tx, lease, site, items)
    return [town.one(t.document, external_id=x) for x in names]


def word(town: Town, case: str, state: A = A.answered, text: str = "Тепло дали.") -> Answer:
    return Answer(reference=Reference(number=town.one(t.assignment, case_id=case).number), state=state, text=text)


def join(town: Town, site: Site, source: str, target: str) -> str:
    report = decide(town.store, site.sends, [town.suggest(source, target)], "join", "anna")
    assert not report.faults
    return report.batch


def told(town: Town) -> Counter[str]:
    """Who has an answer on the way or got one, by the case they are in now."""
    cases_of = {row.id: row.case_id for row in town.all(t.appeal)}
    return Counter(cases_of[row.appeal_id] for row in town.all(t.delivery, intent="answer") if row.state != "cancelled")


def two_cases(town: Town) -> tuple[str, str]:
    """(older, which goes on; newer, which is joined to it); both with the same recipient."""
    return town.open_case("Иванов", filed=True), town.open_case("Сидоров", filed=True)


def test_the_answer_to_a_joined_filing_reaches_all_of_the_case(town: Town, site: Site, lease: Lease) -> None:
    older, newer = two_cases(town)
    join(town, site, newer, older)
    (ended,) = hear(town, site, lease, word(town, newer))
    assert (ended.state, ended.subject) == ("done", older)
    assert told(town) == {older: 2}
    assert town.one(t.cases, id=older).state == "answered"
    assert town.one(t.cases, id=newer).state == "closed"
    town.send_all()
    assert {row.state for row in town.all(t.obligation)} == {"met"}
    assert town.find_holes() == {}


def test_the_answer_to_the_own_filing_then_replaces_it(town: Town, site: Site, lease: Lease) -> None:
    older, newer = two_cases(town)
    join(town, site, newer, older)
    hear(town, site, lease, word(town, newer))
    hear(town, site, lease, word(town, older, text="Тепло дали, стояк заменили."))
    assert [row.version for row in town.all(t.answer)] == [1, 2]
    assert told(town) == {older: 4}


def test_two_answers_in_one_batch_are_not_told_twice(town: Town, site: Site, lease: Lease) -> None:
    older, newer = two_cases(town)
    join(town, site, newer, older)
    hear(town, site, lease, word(town, older), word(town, newer))
    assert told(town) == {older: 2}
    assert town.one(t.desk, kind="late_answer", open=True).reason == "case_is_over"


def test_news_of_a_joined_filing_moves_nothing(town: Town, site: Site, lease: Lease) -> None:
    older, newer = two_cases(town)
    join(town, site, newer, older)
    (ended,) = hear(town, site, lease, word(town, newer, A.in_work))
    assert ended.state == "done"
    assert (town.one(t.cases, id=newer).state, town.one(t.cases, id=older).state) == ("closed", "routed")
    assert town.all(t.delivery, intent="status") == []


def test_a_declined_filing_may_only_be_closed_as_a_repeat(town: Town, site: Site, lease: Lease) -> None:
    older, newer = two_cases(town)
    join(town, site, newer, older)
    hear(town, site, lease, word(town, newer, A.declined, "Закрыто как повтор."))
    item = town.one(t.desk, kind="late_answer", open=True)
    assert item.reason == "declined_after_join"
    assert told(town) == {}
    assert not decide(town.store, site.sends, [item.id], "done", "anna").faults
    assert town.find_holes() == {}


def test_a_person_says_that_it_settles_the_problem(town: Town, site: Site, lease: Lease) -> None:
    older, newer = two_cases(town)
    join(town, site, newer, older)
    hear(town, site, lease, word(town, newer, A.declined, "Ремонт плановый, отопление будет 3 марта."))
    before = town.photograph()
    item = town.one(t.desk, kind="late_answer", open=True)
    report = decide(town.store, site.sends, [item.id], "tell", "anna")
    assert not report.faults
    assert told(town) == {older: 2}
    assert not undo(town.store, site.sends, report.batch, "anna").faults
    assert town.photograph() == before
    decide(town.store, site.sends, [item.id], "tell", "anna")
    town.send_all()
    assert {row.state for row in town.all(t.obligation)} == {"met"}
    assert town.find_holes() == {}


def test_a_confirmed_withdrawal_troubles_nobody(town: Town, lease: Lease, site: Site) -> None:
    older, newer = two_cases(town)
    decide(town.store, lambda system, intent: True, [town.suggest(newer, older)], "join", "anna")
    town.send_all()
    (ended,) = hear(town, site, lease, word(town, newer, A.declined, "Отозвано."))
    assert (ended.state, ended.disposition) == ("done", "moved")
    assert town.all(t.desk, kind="late_answer") == []
    assert town.one(t.assignment, case_id=newer).state == "withdrawn"


def test_an_answer_that_crossed_the_withdrawal_waits_for_a_person(town: Town, lease: Lease, site: Site) -> None:
    older, newer = two_cases(town)
    decide(town.store, lambda system, intent: True, [town.suggest(newer, older)], "join", "anna")
    town.send_all()
    hear(town, site, lease, word(town, newer))
    item = town.one(t.desk, kind="late_answer", open=True)
    assert item.reason == "filing_was_withdrawn"
    assert not decide(town.store, site.sends, [item.id], "tell", "anna").faults
    assert told(town) == {older: 2}


@pytest.mark.parametrize("sent", [False, True])
def test_undone_each_keeps_the_answers_of_their_own_filing(town: Town, site: Site, lease: Lease, sent: bool) -> None:
    older, newer = two_cases(town)
    batch = join(town, site, newer, older)
    hear(town, site, lease, word(town, newer))
    if sent:
        town.send_all()
    assert not undo(town.store, site.sends, batch, "anna").faults
    assert (town.one(t.cases, id=newer).state, town.one(t.cases, id=older).state) == ("answered", "routed")
    assert town.one(t.answer).case_id == newer
    assert town.one(t.appeal, case_id=newer).state == "answered"
    stranger = town.one(t.appeal, case_id=older)
    assert (stranger.state, town.one(t.obligation, appeal_id=stranger.id).state) == ("open", "owed")
    kept = {row.state for row in town.all(t.delivery, intent="answer", appeal_id=stranger.id)}
    assert kept == ({"delivered"} if sent else {"cancelled"})
    assert town.find_holes() == {}
    hear(town, site, lease, word(town, older, text="И вам дали."))
    town.send_all()
    assert {row.state for row in town.all(t.obligation)} == {"met"}


def test_undone_before_a_person_decided_it_speaks_for_its_own_resident(town: Town, site: Site, lease: Lease) -> None:
    older, newer = two_cases(town)
    batch = join(town, site, newer, older)
    hear(town, site, lease, word(town, newer, A.declined, "Не подтвердилось."))
    undo(town.store, site.sends, batch, "anna")
    item = town.one(t.desk, kind="late_answer", open=True)
    assert not decide(town.store, site.sends, [item.id], "tell", "anna").faults
    assert told(town) == {newer: 1}
    assert town.one(t.cases, id=newer).state == "answered"


def test_an_answer_that_names_its_resident_is_held_for_the_others(town: Town, site: Site, lease: Lease) -> None:
    older, newer = town.open_case("Иванов", filed=True), town.open_case("Сидорова", filed=True)
    join(town, site, newer, older)
    hear(town, site, lease, word(town, newer, text="Уважаемая Сидорова, тепло дали."))
    (held,) = town.all(t.delivery, intent="answer", state="held")
    assert (held.reason, held.appeal_id) == ("names_another_resident", town.one(t.cases, id=older).appeal_id)


def test_a_question_about_a_joined_filing_is_a_persons(town: Town, site: Site, lease: Lease) -> None:
    older, newer = two_cases(town)
    join(town, site, newer, older)
    number = town.one(t.assignment, case_id=newer).number
    (ended,) = hear(
        town, site, lease, Question(reference=Reference(number=number), text="Какой подъезд?"), kind="question"
    )
    assert ended.state == "done"
    asked = town.one(t.desk, kind="question", open=True)
    assert (asked.subject, asked.reason) == (older, "filing_is_over")


def test_a_question_about_what_is_answered_is_a_persons(town: Town, site: Site, lease: Lease) -> None:
    case = town.open_case("Иванов", filed=True)
    hear(town, site, lease, word(town, case))
    number = town.one(t.assignment, case_id=case).number
    (ended,) = hear(
        town, site, lease, Question(reference=Reference(number=number), text="Какой подъезд?"), kind="question"
    )
    assert ended.state == "done"
    assert town.one(t.desk, kind="question", open=True).reason == "filing_is_over"
