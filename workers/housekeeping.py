"""What is due by the clock and concerns no outer system."""

from ledger import files, retention
from ledger.retention import Retention
from workers.runtime import Runtime
from workers.ticks import ticking

#: Names of the ticks, as they stand in the schedule.
TICKS = ("retain", "crowds", "reread")
DAY_MS = 86_400_000


def retain(runtime: Runtime) -> int:
    """Once a day: what is past its time is removed."""
    with ticking(runtime, runtime.lease, "retain", DAY_MS) as tick:
        if tick.mine:
            retention.apply(runtime.store, Retention())
            if runtime.shelf is not None:
                files.collect(runtime.store, runtime.shelf)
    return 0
