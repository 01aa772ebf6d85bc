"""One delivery that cannot even be prepared stops nobody else's."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from adapters.contract import Health
from canonical.delivery import Delivery
from gateway.bootstrap import read_files
from ledger import deliveries, lanes
from ledger.tables import appeal, delivery, desk
from ledger.vault import Sealed
from tests.workers.conftest import ROOT
from tests.workers.quay import CHANNEL, RECIPIENT, Quay
from workers.activation import activate
from workers.attempt import ASKED_AT_MOST, _not_known
from workers.deliver import find_batch
from workers.receive import poll_system
from workers.resolve import decide


def send_patiently(quay: Quay) -> None:
    """As the sweeper wakes the lane again and again, without the waits."""
    for _ in range(8):
        try:
            quay.send()
        except Sealed:
            with quay.runtime.store.write() as tx:
                tx.run(update(delivery).where(delivery.c.state == "waiting").values(due_at=tx.now))
        else:
            return
    pytest.fail("the lane never came to rest")


class Muddled:
    """Answers every question with an error of its own."""

    def check_health(self) -> Health:
        return Health(True)

    def close(self) -> None: ...

    def find(self, _delivery: Delivery) -> None:
        raise ZeroDivisionError


def test_a_question_that_fails_by_our_fault_is_asked_again_and_at_last_goes_to_a_person(
    quay: Quay, monkeypatch: pytest.MonkeyPatch
) -> None:
    quay.write("a1")
    with quay.runtime.store.write() as tx:
        tx.run(update(delivery).where(delivery.c.intent == "forward").values(due_at=tx.now))
    with monkeypatch.context() as deaf:
        deaf.setattr("workers.deliver.send", lambda site, row, one: _not_known(site, row, one, "no reply"))
        quay.send()
    site = quay.runtime.site()
    known: Any = replace(site.systems[RECIPIENT], adapter=Muddled())
    quay.runtime._site = replace(site, systems={**site.systems, RECIPIENT: known})
    for attempts, state in ((5, "unknown"), (ASKED_AT_MOST - 1, "held")):
        with quay.runtime.store.write() as tx:
            changed = update(delivery).where(delivery.c.intent == "forward")
            assert tx.run(changed.values(due_at=tx.now, attempts=attempts)).rowcount == 1
        find_batch(quay.runtime, RECIPIENT)
        assert [(row.state, row.reason) for row in quay.sent("forward")] == [(state, "cannot_ask")]


def test_receipts_whose_transaction_was_ended_by_the_server_are_kept_all_the_same(
    quay: Quay, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, failures = deliveries.finish, iter([True, True])

    def cross(tx: Any, lease: Any, claimed: Any, outcomes: Any) -> None:
        finish(tx, lease, claimed, outcomes)
        if outcomes and next(failures, False):
            raise OperationalError("UPDATE assignment", {}, Exception("deadlock detected"))

    quay.write("a1")
    monkeypatch.setattr(deliveries, "finish", cross)
    quay.send()
    assert [(row.state, row.attempts) for row in quay.sent("forward")] == [("delivered", 1)]
    assert next(failures, None) is None
    assert not quay.holes()


def test_a_filing_whose_appeal_cannot_be_opened_goes_to_a_person_and_the_others_leave(quay: Quay) -> None:
    quay.write("a1", town="Надым")
    quay.write("a2", text="Не горит фонарь во дворе дома 9 по улице Зверева", town="Надым")
    spoiled = quay.all(appeal)[0].id
    with quay.runtime.store.write() as tx:
        tx.run(update(appeal).where(appeal.c.id == spoiled).values(body=b"not what was sealed here"))
    send_patiently(quay)
    states = {row.appeal_id: row.state for row in quay.sent("forward")}
    assert states.pop(spoiled) == "held"
    assert set(states.values()) == {"delivered"}
    assert [(item.kind, item.system, item.reason) for item in quay.all(desk, desk.c.kind == "delivery")] == [
        ("delivery", RECIPIENT, "cannot_render")
    ]


def configure(quay: Quay, *without: str) -> None:
    files = read_files(ROOT / "mappings")
    left = {path: text for path, text in files.items() if path not in [f"systems/{name}.yaml" for name in without]}
    left["routes.yaml"] = "version: 1\nfallback: {to: ministry}\n" if without else files["routes.yaml"]
    with quay.runtime.store.write() as tx:
        activate(tx, left, "anna")


def test_what_is_for_a_system_that_left_the_configuration_goes_to_a_person(quay: Quay) -> None:
    quay.write("a1", "yard.jpg", town="Надым")
    quay.write("a2", text="Не горит фонарь во дворе дома 9 по улице Зверева", town="Надым")
    first, second = (row.id for row in quay.sent("forward"))
    with quay.runtime.store.write() as tx:
        tx.run(update(delivery).where(delivery.c.id == second).values(state="unknown"))
    configure(quay, RECIPIENT, CHANNEL)
    quay.fetch()
    quay.send()
    while find_batch(quay.runtime, RECIPIENT):
        pass
    assert [(row.state, row.reason) for row in quay.sent("forward")] == [("held", "system_gone")] * 2
    assert (quay.file().state, quay.file().reason) == ("refused", "system_gone")
    items = quay.all(desk, desk.c.reason == "system_gone", desk.c.open.is_(True))
    assert sorted(item.kind for item in items) == ["delivery", "delivery", "file"]
    assert quay.holes() == {}
    with quay.runtime.store.read() as tx:
        assert f"poll:{RECIPIENT}" not in lanes.find_due_ticks(tx)
    assert poll_system(quay.runtime, RECIPIENT) == 0

    configure(quay)
    waiting = [item.id for item in items if item.subject == first]
    assert decide(quay.runtime.store, quay.runtime.site().sends, waiting, "send", "anna").faults == []
    quay.send()
    assert {row.id: row.state for row in quay.sent("forward")} == {first: "delivered", second: "held"}
