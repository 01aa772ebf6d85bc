"""The dramatiq actors: thin, one per stage. A wake-up works until its lane is empty or its turn is over."""

import time
from collections.abc import Callable

import dramatiq
import structlog

from ledger.store import Fenced
from workers.crowds import watch
from workers.decide import decide_batch
from workers.deliver import deliver_batch, find_batch
from workers.fetch import fetch_batch
from workers.housekeeping import retain
from workers.receive import poll_system
from workers.rereading import reread
from workers.runtime import Runtime

log = structlog.get_logger()
#: Batches per wake-up, then the lane queues up again behind the others.
TURN = 16
#: Seconds between a wake-up and its first batch: what arrives meanwhile comes with it, at a fraction of the cost.
GATHER_S = 0.01


def declare_actors(runtime: Runtime) -> None:
    """Declares an actor of every stage and tick on the runtime's broker."""
    steps: dict[str, Callable[[str], int]] = {
        "decide": lambda _: decide_batch(runtime),
        "deliver": lambda system: deliver_batch(runtime, system),
        "fetch": lambda system: fetch_batch(runtime, system),
        "find": lambda system: find_batch(runtime, system),
        "retain": lambda _: retain(runtime),
        "crowds": lambda _: watch(runtime),
        "reread": lambda _: reread(runtime),
        "poll": lambda system: poll_system(runtime, system) * 0,
    }
    for name, step in steps.items():
        run = _make_runner(runtime, name, step)
        dramatiq.actor(actor_name=name, queue_name="tsur", broker=runtime.waker.broker)(run)


def _make_runner(runtime: Runtime, name: str, step: Callable[[str], int]) -> Callable[[str], None]:
    def run(rest: str) -> None:
        lane = f"{name}:{rest}" if rest else name
        time.sleep(GATHER_S)
        runtime.waker.woken(lane)
        try:
            for _ in range(TURN):
                if runtime.stopping or not step(rest):
                    return
            runtime.waker.wake(lane)
        except Fenced:
            log.warning("lane.fenced", lane=lane)
        except Exception as error:  # the sweeper wakes the lane again
            log.exception("lane.failed", lane=lane, error=type(error).__name__)

    return run
