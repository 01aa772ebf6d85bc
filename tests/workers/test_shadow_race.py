"""Going live while a worker records in shadow: nothing stays recorded where nobody looks."""

from typing import Any

import pytest

from ledger import desk_list, lanes
from ledger.tables import delivery
from tests.workers.quay import RECIPIENT, Quay
from workers.deliver import deliver_batch


def test_what_is_claimed_while_a_system_goes_live_is_not_recorded_in_shadow(
    quay: Quay, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, real = quay.runtime.store, lanes.load
    quay.write("a-1")
    with store.write() as tx:
        tx.run(lanes.lane.update().where(lanes.lane.c.system == RECIPIENT).values(live=False))

    def load_early(tx: Any) -> dict[str, Any]:
        """The lane is read, and goes live before anything is claimed."""
        known = real(tx)
        lanes.go_live(tx, RECIPIENT, "anna")
        desk_list.show_shadowed(tx, RECIPIENT)
        return known

    monkeypatch.setattr(lanes, "load", load_early)
    deliver_batch(quay.runtime, RECIPIENT)
    assert [row.state for row in quay.all(delivery, delivery.c.intent == "forward")] == ["delivered"]
