"""One delivery that cannot even be prepared stops nobody else's."""

import pytest
from sqlalchemy import update

from ledger.tables import appeal, delivery, desk
from ledger.vault import Sealed
from tests.workers.quay import RECIPIENT, Quay


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
