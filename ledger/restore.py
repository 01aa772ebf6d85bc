"""After a restore from a backup nothing leaves until a person says so (promise 13).

A backup is older than the world: what it shows as unsent may have been sent after it was made. Therefore every
lane is paused, whatever may have begun is `unknown` (it is asked about, not sent again), and every process that the
backup names is dead.
"""

from dataclasses import asdict, dataclass

from sqlalchemy import and_, func, or_, select, update

from ledger import audit, desk
from ledger.store import Store, Tx
from ledger.tables import delivery, document, lane, schedule, worker


@dataclass(frozen=True)
class Restored:
    paused: int  # lanes
    unknown: int  # deliveries that may have arrived: their system is asked
    held: int  # deliveries that were claimed and never rendered: a person is asked
    waiting: int  # deliveries that were never begun when the backup was made


def start_paused(store: Store, by: str) -> Restored:
    """To be called once, before the first process starts on a restored ledger. `lanes.pause(…, False)` resumes."""
    with store.write() as tx:
        _bury_all(tx)
        paused = int(tx.run(update(lane).values(paused=True, failures=0, retry_at=None)).rowcount)
        unknown, held = _doubt(tx)
        waiting = tx.run(select(func.count()).select_from(delivery).where(delivery.c.state == "waiting")).scalar_one()
        found = Restored(paused, unknown, held, waiting)
        audit.record(tx, [audit.note(tx, "ledger.restored", "ledger", by, None, **asdict(found))])
    return found


def _bury_all(tx: Tx) -> None:
    tx.run(update(worker).values(fenced=True))
    tx.run(update(schedule).values(worker=None, due_at=tx.now))
    tx.run(update(document).where(document.c.worker.is_not(None)).values(worker=None))
    tx.run(update(delivery).where(delivery.c.worker.is_not(None)).values(worker=None))


def _doubt(tx: Tx) -> tuple[int, int]:
    """Whatever was begun: with a stored plan the system is asked, without one a person is."""
    waited = and_(delivery.c.state == "waiting", or_(delivery.c.attempts > 0, delivery.c.plan.is_not(None)))
    # A "no" that came before the backup is old as well: it is asked for again.
    doubtful = or_(waited, delivery.c.state.in_(("sending", "unknown"))), delivery.c.plan.is_not(None)
    values = {"due_at": tx.now, "worker": None, "reason": "restored"}
    unknown = tx.run(update(delivery).where(*doubtful).values(state="unknown", **values)).rowcount
    blind = update(delivery).where(waited, delivery.c.plan.is_(None)).values(state="held", **values)
    rows = tx.run(blind.returning(delivery.c.id, delivery.c.system)).all()
    desk.put(tx, [(row.id, row.system, "restored", None) for row in rows], kind="delivery")
    return int(unknown), len(rows)
