"""Ticks of the schedule: whoever claimed one ends it, whatever happens between."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ledger import lanes
from ledger.store import Lease
from workers.runtime import Runtime

#: After a failure of ours a tick comes again after this long, or earlier if it is due earlier.
AFTER_FAILURE_MS = 60_000


@dataclass
class Tick:
    mine: bool
    pause_ms: int


@contextmanager
def ticking(runtime: Runtime, lease: Lease, name: str, every_ms: int) -> Iterator[Tick]:
    """Claims the tick, if it is due and free (`mine`), and ends it: the next one comes after `pause_ms`."""
    with runtime.store.write(lease, claims=True) as tx:
        tick = Tick(lanes.claim_tick(tx, lease, name), every_ms)
    try:
        yield tick
    except Exception:
        tick.pause_ms = min(tick.pause_ms, AFTER_FAILURE_MS)
        raise
    finally:
        if tick.mine:
            with runtime.handing_back(lease) as tx:
                lanes.end_tick(tx, lease, name, tick.pause_ms)
