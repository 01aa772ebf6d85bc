"""One delivery that cannot even be prepared stops nobody else's."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from canonical.delivery import Delivery
from ledger.tables import appeal, delivery, desk
from ledger.vault import Sealed
from tests.workers.quay import RECIPIENT, Quay
from workers.attempt import ASKED_AT_MOST, _not_known
from workers.deliver import find_batch


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

    def __init__(self, adapter: Any) -> None:
        self.adapter = adapter

    def find(self, _delivery: Delivery) -> None:
        raise ZeroDivisionError

    def __getattr__(self, name: str) -> Any:
        return getattr(self.adapter, name)


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
    known: Any = replace(site.systems[RECIPIENT], adapter=Muddled(site.systems[RECIPIENT].adapter))
    quay.runtime._site = replace(site, systems={**site.systems, RECIPIENT: known})
    for attempts, state in ((5, "unknown"), (ASKED_AT_MOST - 1, "held")):
        with quay.runtime.store.write() as tx:
            changed = update(delivery).where(delivery.c.intent == "forward")
            assert tx.run(changed.values(due_at=tx.now, attempts=attempts)).rowcount == 1
        find_batch(quay.runtime, RECIPIENT)
        assert [(row.state, row.reason) for row in quay.sent("forward")] == [(state, "cannot_ask")]


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
