"""The shipped mapping of the ПОС over SMEV against its stand: filed once, and every state of its history is read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.errors import Refused
from canonical.answer import Finality
from canonical.applicant import Applicant
from canonical.delivery import AppealView, CaseView, Delivery, Scope
from stand.server import Stand
from tests.adapters.contract.subject import caught, wait_for
from tests.adapters.test_smev import PLAIN, Smev, about, drain, signer

__all__ = ["signer"]
PATH = Path(__file__).parents[2] / "mappings" / "systems" / "pos_smev.yaml"


class Pos(Smev):
    system = "pos_smev"
    steps = ("create",)

    def text(self) -> str:
        return PATH.read_text(encoding="utf-8")

    def file(self, id: str) -> Delivery:
        scope = Scope(
            delivery_id=id, intent=self.intent, system=self.system,
            case=CaseView(id="c", state="routed", text="Не ходит паром"),
            appeal=AppealView(id="a", system="x", external_id="e", created_at="2026-02-01T03:05:00Z"),
            applicant=Applicant(name="Вера"),
        )  # fmt: skip
        plan = self.mapping.render(self.intent, scope)
        return Delivery(id=id, system=self.system, intent=self.intent, plan=plan, progress=self.recorded.get(id, {}))


@pytest.fixture
def pos(stand: Stand, signer: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pos]:
    for name, value in stand.environment().items():
        monkeypatch.setenv(name, value)
    made = Pos(stand, signer)
    drain(made.build())
    yield made
    made.close()


@pytest.mark.parametrize("way", ["", "declined", "postponed", "interim"])
def test_a_message_is_filed_once_and_its_history_is_read(pos: Pos, way: str) -> None:
    pos.control(delay=[0.05, 0.1], shares=PLAIN | ({way: 1} if way else {}))
    adapter, id = pos.build(), f"p-{way or 'plain'}"
    pos.fault("commit_then_reset", next=1)
    caught(lambda: adapter.deliver(pos.file(id)))
    receipt = adapter.deliver(pos.file(id))
    assert pos.effects(id) == 1
    found: list[Any] = []
    wait_for(lambda: found.extend(drain(adapter)) or (pos.book_of(id)[0]["final"] and len(about(receipt, found)) > 1))
    wait_for(lambda: found.extend(drain(adapter)) or any(map(is_final, read(pos, receipt, found))))
    readings = read(pos, receipt, found)
    assert {one.reference.delivery for one in readings} == {id}
    assert {one.reference.number for one in readings} == {receipt.number}
    assert all(one.state and one.entry and one.due_at for one in readings)
    (last,) = {one.entry: one for one in readings if is_final(one)}.values()
    assert last.text
    assert last.outcome
    assert (last.state == "declined") is (way == "declined")
    assert bool(last.reason) is (way == "declined")


def read(pos: Pos, receipt: Any, found: list[Any]) -> list[Any]:
    return [one for document in about(receipt, found) for one in pos.mapping.read("answer", document.body)]


def is_final(reading: Any) -> bool:
    return bool(reading.finality is Finality.final)


def test_what_it_does_not_know_is_refused_with_the_remedy(pos: Pos) -> None:
    pos.control(smev_fault={"next": 1, "name": "BusinessDataTypeIsNotSupported"})
    error = caught(lambda: pos.build().deliver(pos.file("p-type")))
    assert isinstance(error, Refused)
    assert "mapping's `xml:`" in str(error)
