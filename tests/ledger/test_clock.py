"""A machine whose clock jumps plans nothing by it once it has heard the ledger's."""

import time
from collections.abc import Iterator

import pytest

from canonical import clock
from canonical.ids import make_id
from ledger import leases
from ledger.store import Store

DAY_MS = 86_400_000


@pytest.fixture(autouse=True)
def unanchored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "_ahead", None)
    yield


def jump(monkeypatch: pytest.MonkeyPatch, days: int) -> int:
    """What the machine's clock really said before it jumped (ms)."""
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + days * DAY_MS * 1_000_000)
    return real() // 1_000_000


@pytest.mark.parametrize("days", [40, -40])
def test_who_has_a_lease_goes_by_the_ledgers_clock(store: Store, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    lease = leases.take_lease(store, "worker")
    right = jump(monkeypatch, days)
    with store.read() as tx:
        assert abs(tx.now - right) < DAY_MS
    assert abs(clock.measure_skew() - days * DAY_MS) < DAY_MS // 2
    leases.beat(store, lease)
    assert abs(clock.now_ms() - right) < DAY_MS, "and every heartbeat sets it anew"


def test_ids_go_back_to_the_others_when_a_wrong_clock_is_set_right(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = make_id("d")
    jump(monkeypatch, 40)
    ahead = make_id("d")
    leases.take_lease(store, "worker")
    after = make_id("d")
    assert before < after < ahead
