"""The demo's mappings against its stands, through the adapters: the ways that a plain run seldom takes."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters import registry
from adapters.contract import Batch, Request, Tools
from adapters.errors import Unverified
from canonical.answer import Finality, Outcome
from canonical.applicant import Applicant
from canonical.attachment import Attachment
from canonical.delivery import AnswerView, AppealView, CaseView, Delivery, Intent, Scope
from canonical.document import Document
from canonical.mapping import Mapping, load
from canonical.plan import encode_text
from stand.server import Stand
from tests.stand.driver import Driver, Listener, wait_until

SYSTEMS = Path(__file__).parents[2] / "mappings" / "systems"
WRITTEN = datetime(2026, 2, 1, tzinfo=UTC)
PLAIN = {"declined": 0, "postponed": 0, "interim": 0}


class Line:
    """One system with its real mapping and adapter."""

    def __init__(self, name: str, secrets: dict[str, str]) -> None:
        path = SYSTEMS / f"{name}.yaml"
        self.name = name
        self.mapping: Mapping = load(path.read_text(encoding="utf-8"), str(path))
        self.adapter: Any = registry.build(self.mapping, Tools(secrets.__getitem__, lambda digest: b"jpeg"))

    def deliver(self, intent: str, id: str, **more: Any) -> str:
        """The receipt's number."""
        scope = Scope(
            delivery_id=id,
            intent=Intent(intent),
            system=self.name,
            number=more.get("number"),
            case=CaseView(id="c", state="routed", text=more.get("text", "Холодно 🥶"), files=more.get("files", ())),
            appeal=AppealView(
                id="a",
                system="x",
                external_id=more.get("appeal", "e"),
                text="И у нас",
                created_at="2026-02-01T03:05:00Z",
            ),
            applicant=Applicant(name="Вера"),
            answer=more.get("answer", AnswerView(text="Второй подъезд")),
        )
        plan = self.mapping.render(intent, scope)
        made = Delivery(id=id, system=self.name, intent=Intent(intent), plan=plan, files=more.get("files", ()))
        receipt = self.adapter.deliver(made)
        if plan.find and more.get("asks", True):
            assert self.adapter.find(made) is not None
        return str(receipt.number)

    def read(self, document: Document) -> list[Any]:
        return list(self.mapping.read(document.kind, document.body))

    def poll(self) -> list[Document]:
        """All that can be had from the start."""
        documents: list[Document] = []
        cursor, more = None, True
        while more:
            batch: Batch = self.adapter.poll(cursor)
            documents += batch.documents
            cursor, more = batch.cursor, batch.more
        return documents


@pytest.fixture
def open_line(stand: Stand, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Line]]:
    lines: list[Line] = []
    for name, value in stand.environment().items():
        monkeypatch.setenv(name, value)

    def open_one(name: str) -> Line:
        lines.append(Line(name, stand.environment()))
        return lines[-1]

    yield open_one
    for line in lines:
        line.adapter.close()


@pytest.mark.parametrize("name", ["nadym", "ministry", "teplo"])
def test_one_more_resident_and_a_reply_reach_the_filing(
    name: str, driver: Driver, open_line: Callable[[str], Line]
) -> None:
    line = open_line(name)
    driver.control(name, shares=PLAIN)
    number = line.deliver("forward", "d1")
    line.deliver("join", "d2", number=number)
    line.deliver("supplement", "d3", number=number)
    ((filing,),) = driver.book(name)["filings"].values()
    assert len(filing["additions"]) == 2
    assert filing["number"] == number


def test_a_text_beyond_the_limit_arrives_whole_as_a_file(driver: Driver, open_line: Callable[[str], Line]) -> None:
    letter = "Третью зиму просим утеплить подъезд. " * 150
    number = open_line("nadym").deliver("forward", "d1", text=letter, asks=False)
    book = driver.book("nadym")
    assert len(book["filings"]["d1"][0]["facts"]["Текст"]) <= 4000
    (file,) = book["files"][number]
    assert file["name"] == "Полный текст.txt"
    assert file["sha256"] == hashlib.sha256(encode_text(letter)).hexdigest()


@pytest.mark.parametrize("name", ["nadym", "ministry"])
def test_every_way_of_answering_is_read(name: str, driver: Driver, open_line: Callable[[str], Line]) -> None:
    line = open_line(name)
    for way in ("declined", "postponed", "interim"):
        driver.control(name, shares=PLAIN | {way: 1}, delay=[0.01, 0.02])
        line.deliver("forward", way)
    wait_until(lambda: driver.book(name)["counts"]["final"] == 3)
    told = [reading for document in line.poll() for reading in line.read(document)]
    final = {answer.reference.delivery: answer for answer in told if answer.finality is Finality.final}
    assert set(final) == {"declined", "postponed", "interim"}
    assert final["declined"].reason.code in {"07", "12"}
    assert final["declined"].outcome is Outcome.rejected
    assert all(answer.state and answer.text for answer in final.values())


@pytest.mark.parametrize("name", ["nadym", "ministry"])
def test_a_postponement_is_read_as_one(name: str, driver: Driver, open_line: Callable[[str], Line]) -> None:
    line = open_line(name)
    driver.control(name, shares=PLAIN | {"postponed": 1}, delay=[1, 1])
    line.deliver("forward", "d1")
    wait_until(lambda: driver.book(name)["filings"]["d1"][0]["state"] == "postponed")
    answer = line.read(line.poll()[-1])[0]
    assert (answer.outcome, answer.finality) == (Outcome.postponed, Finality.interim)
    assert answer.postponed_to


@pytest.mark.parametrize("name", ["pos", "nadym", "ministry"])
def test_a_system_with_nothing_to_tell_is_no_failure(name: str, open_line: Callable[[str], Line]) -> None:
    line = open_line(name)
    assert line.adapter.check_health().ok
    assert line.poll() == []


def test_a_question_of_the_ministry_is_read(driver: Driver, open_line: Callable[[str], Line]) -> None:
    line = open_line("ministry")
    driver.control("ministry", shares=PLAIN | {"asking": 1})
    line.deliver("forward", "d1")
    (question,) = wait_until(lambda: [document for document in line.poll() if document.kind == "question"])
    assert line.read(question)[0].text.startswith("Уточните")


def test_the_pos_is_filed_with_files_and_followed(driver: Driver, open_line: Callable[[str], Line]) -> None:
    line = open_line("pos")
    driver.control("pos", shares=PLAIN, echo_filings=True, delay=[0.01, 0.02])
    number = line.deliver("forward", "d1", files=(Attachment(name="a.jpg", digest="ab"),))
    wait_until(lambda: driver.book("pos")["counts"]["external final"])
    (document,) = line.adapter.follow([number]).documents
    answers = line.read(document)
    assert [answer.state for answer in answers] == ["registered", "registered", "in_work", "answered"]
    assert driver.book("pos")["filings"]["d1"][0]["facts"]["attachmentIds"] == ["f1"]
    (echo,) = line.poll()
    assert line.read(echo)[0].echo_of == "d1"


@pytest.mark.parametrize("name", ["pos", "city_app", "hotline", "portal"])
def test_each_outcome_can_be_told(name: str, driver: Driver, open_line: Callable[[str], Line]) -> None:
    line = open_line(name)
    told: list[tuple[str, str]] = []
    driver.feed(*({"id": str(n), "channel": name, "text": "Яма"} for n, _ in enumerate(Outcome)))
    for n, outcome in enumerate(Outcome):
        finality = Finality.interim if outcome is Outcome.postponed else Finality.final
        answer = AnswerView(text=f"Ответ {n}", outcome=outcome, finality=finality)
        line.deliver("answer", f"d{n}", appeal=str(n + 700_000_001) if name == "pos" else str(n), answer=answer)
        told += [(each["kind"], each["text"]) for each in driver.book(name)["answers"][str(n)]]
    assert told == [("interim" if o is Outcome.postponed else "final", f"Ответ {n}") for n, o in enumerate(Outcome)]


@pytest.mark.parametrize("name", ["city_app", "hotline", "portal", "teplo"])
def test_webhooks_are_believed_only_with_their_proof(
    name: str, driver: Driver, listener: Listener, open_line: Callable[[str], Line]
) -> None:
    line = open_line(name)
    if name == "teplo":
        driver.control(name, early=1)
        line.deliver("forward", "d1")
    else:
        driver.feed({"id": "e1", "channel": name, "text": "Яма"})
    arrived = wait_until(lambda: listener.arrived)[0]
    call = Request("POST", arrived.path, {}, arrived.headers, arrived.body)
    (document,) = line.adapter.read(call).documents
    assert document.fault is None and line.read(document)
    with pytest.raises(Unverified):
        line.adapter.read(Request("POST", arrived.path, {}, {}, arrived.body))


def test_a_reply_and_a_rating_come_back(driver: Driver, listener: Listener, open_line: Callable[[str], Line]) -> None:
    line = open_line("city_app")
    driver.control("city_app", rates=1)
    driver.feed({"id": "e1", "channel": "city_app", "text": "Яма"})
    line.deliver("ask", "d1", appeal="e1")
    line.deliver("answer", "d2", appeal="e1")
    wait_until(lambda: len(listener.arrived) == 3)
    kinds = {}
    for arrived in listener.arrived:
        (document,) = line.adapter.read(Request("POST", arrived.path, {}, arrived.headers, arrived.body)).documents
        kinds[document.kind] = line.read(document)[0]
    assert kinds["reply"].reference.number == kinds["satisfaction"].reference.number == "e1"
