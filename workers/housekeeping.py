"""What is due by the clock and concerns no outer system."""

from ledger import files, lanes, retention
from ledger.retention import Retention
from workers.runtime import Runtime

#: Names of the ticks, as they stand in the schedule.
TICKS = ("retain", "crowds")
DAY_MS = 86_400_000


def retain(runtime: Runtime) -> int:
    """Once a day: what is past its time is removed."""
    lease = runtime.lease
    with runtime.store.write(lease) as tx:
        if not lanes.claim_tick(tx, lease, "retain"):
            return 0
    retention.apply(runtime.store, Retention())
    if runtime.shelf is not None:
        files.collect(runtime.store, runtime.shelf)
    with runtime.store.write(lease) as tx:
        lanes.end_tick(tx, lease, "retain", DAY_MS)
    return 0
