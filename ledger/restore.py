"""After a restore from a backup nothing leaves until a person says so (promise 13).

A backup is older than the world: what it shows as unsent may have been sent after it was made. Therefore every
lane is paused, whatever may have begun is `unknown` (it is asked about, not sent again), and every process that the
backup names is dead.
"""

from dataclasses import dataclass

from sqlalchemy import and_, case, func, or_, select, update

from ledger import audit
from ledger.store import Store, Tx
from ledger.tables import delivery, document, lane, schedule, worker


@dataclass(frozen=True)
class Restored:
    paused: int  # lanes
    unknown: int  # deliveries that may have arrived
    waiting: int  # deliveries that were never begun when the backup was made


def start_paused(store: Store, by: str) -> Restored:
    """To be called once, before the first process starts on a restored ledger. `lanes.pause(…, False)` resumes."""
    with store.write() as tx:
        _bury_all(tx)
        paused = int(tx.run(update(lane).values(paused=True, failures=0, retry_at=None)).rowcount)
        unknown = int(tx.run(_doubt(tx)).rowcount)
        waiting = tx.run(select(func.count()).where(delivery.c.state == "waiting")).scalar_one()
        audit.record(tx, [audit.note(tx, "ledger.restored", "ledger", by, lanes=paused, unknown=unknown, waiting=waiting)])
    return Restored(paused, unknown, waiting)


def _bury_all(tx: Tx) -> None:
    tx.run(update(worker).values(fenced=True))
    tx.run(update(schedule).values(worker=None, due_at=tx.now))
    tx.run(update(document).where(document.c.worker.is_not(None)).values(worker=None))
    tx.run(update(delivery).where(delivery.c.worker.is_not(None)).values(worker=None))


def _doubt(tx: Tx):  # type: ignore[no-untyped-def]
    begun = or_(
        delivery.c.state == "sending",
        and_(delivery.c.state == "waiting", or_(delivery.c.attempts > 0, delivery.c.plan.is_not(None))),
    )
    # What was asked about and had its "no" before the backup is asked about again: the "no" is old too.
    again = and_(delivery.c.state == "unknown", delivery.c.reason == "settled")
    return update(delivery).where(or_(begun, again)).values(
        state="unknown", due_at=tx.now, worker=None,
        reason=case((delivery.c.state == "sending", "restored"), else_="restored"),
    )  # fmt: skip
