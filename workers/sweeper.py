"""The sweeper finds what is due in the ledger and wakes its lane; it buries dead workers and seals the audit."""

import structlog
from sqlalchemy import select

from ledger import audit, deliveries, documents, files, lanes, leases, threads
from ledger.anchor import Anchor
from ledger.store import DECIDE
from ledger.tables import document
from workers.runtime import Runtime

log = structlog.get_logger()
TICK_S = 0.25
#: Every n-th tick does the slower things.
SLOW = 4


def sweep(runtime: Runtime, tick: int, audit_key: bytes, anchor: Anchor | None = None) -> None:
    """One tick. Cheap reads; whatever it wakes twice is claimed once."""
    for lane in _find_due(runtime):
        runtime.waker.wake(lane)
    if tick % SLOW == 0:
        runtime.see_config()
        leases.bury(runtime.store)
        with runtime.store.write() as tx:
            documents.unpark_due(tx)
        _close_threads(runtime)
        _seal(runtime, audit_key, anchor)


def _seal(runtime: Runtime, audit_key: bytes, anchor: Anchor | None) -> None:
    try:
        audit.seal_new(runtime.store, audit_key, anchor=anchor)
    except audit.TakenBack as error:  # the rest of the work goes on; `tsur audit verify` says it too
        log.error("audit.taken_back", detail=str(error))
    except OSError as error:  # sealed, but not kept apart
        log.error("audit.anchor_failed", error=error.strerror)


def _close_threads(runtime: Runtime) -> None:
    with runtime.store.read() as tx:
        due = threads.has_due(tx)
    if due:
        with runtime.store.write(lock=DECIDE) as tx:
            threads.close_due(tx)


def _find_due(runtime: Runtime) -> set[str]:
    with runtime.store.read() as tx:
        lanes_due = {f"deliver:{system}" for system in deliveries.find_due_systems(tx, "waiting")}
        lanes_due |= {f"find:{system}" for system in deliveries.find_due_systems(tx, "unknown")}
        lanes_due |= {f"fetch:{system}" for system in files.find_due_systems(tx)}
        lanes_due |= set(lanes.find_due_ticks(tx))
        due = document.c.state == "received", document.c.worker.is_(None), document.c.due_at <= tx.now
        if tx.run(select(1).where(*due).limit(1)).first():
            lanes_due.add("decide")
    return lanes_due
