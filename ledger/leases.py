"""Workers' heartbeats, and what happens to the work of a dead one (promise 5)."""

import os
import socket
import time

from sqlalchemy import and_, case, delete, or_, select, update

from canonical.clock import anchor
from canonical.ids import make_id
from ledger import audit, desk
from ledger.clock import database_now
from ledger.store import DEAD_AFTER_MS, Fenced, Lease, Store, Tx
from ledger.tables import OPEN_DELIVERY, attachment, delivery, document, schedule, worker

#: A row whose lease was lost this often is claimed alone, and at the next loss quarantined.
LOST_ALONE = 2


def take_lease(store: Store, role: str, config: str | None = None) -> Lease:
    lease = Lease(make_id("w"))
    row = {"id": lease.id, "role": role, "host": socket.gethostname(), "pid": os.getpid(), "config": config}
    with store.write() as tx:
        fresh = worker.insert().values(**row, started_at=database_now(), beat_at=database_now(), fenced=False)
        anchor(tx.run(fresh.returning(worker.c.beat_at)).scalar_one())
    return lease


def beat(store: Store, lease: Lease, config: str | None = None) -> None:
    """Raises Fenced when we were declared dead meanwhile, or have renounced the lease."""
    if lease.fenced:
        raise Fenced(f"worker {lease.id} has no lease any more")
    started = time.monotonic()
    with store.write() as tx:
        alive = worker.c.id == lease.id, worker.c.fenced.is_(False)
        beaten = update(worker).where(*alive).values(beat_at=database_now(), config=config)
        if told := tx.run(beaten.returning(worker.c.beat_at)).scalar():
            anchor(told)
    if told is None:
        lease.fenced = True
        raise Fenced(f"worker {lease.id} was declared dead")
    lease.confirmed = started


def release(store: Store, lease: Lease) -> None:
    """A graceful end: nothing is held any more."""
    lease.fenced = True
    with store.write() as tx:
        # First our row, which every transaction of ours holds: none of them claims behind our back.
        tx.run(select(worker.c.id).where(worker.c.id == lease.id).with_for_update())
        tx.run(update(worker).where(worker.c.id == lease.id).values(fenced=True))
        _hand_back(tx, [lease.id], lost=0)


def bury(store: Store) -> list[str]:
    """Fences every worker that stopped beating and frees what it held; their ids."""
    with store.write() as tx:
        late = worker.c.fenced.is_(False), worker.c.beat_at < database_now() - DEAD_AFTER_MS
        # One in the middle of a transaction (it holds its row) is left for the next time: nobody waits for it.
        query = select(worker.c.id).where(*late).order_by(worker.c.id).with_for_update(skip_locked=True)
        dead = list(tx.run(query).scalars())
        if dead:
            tx.run(update(worker).where(worker.c.id.in_(dead)).values(fenced=True))
            _hand_back(tx, dead, lost=1)
            audit.record(tx, [audit.note(tx, "worker.dead", name) for name in dead])
        tx.run(delete(worker).where(worker.c.fenced.is_(True), worker.c.beat_at < database_now() - 3_600_000))
        return dead


def _hand_back(tx: Tx, workers: list[str], lost: int) -> None:
    _hand_back_documents(tx, workers, lost)
    _hand_back_deliveries(tx, workers, lost)
    _hand_back_files(tx, workers, lost)
    tx.run(update(schedule).where(schedule.c.worker.in_(workers)).values(worker=None))


def _hand_back_documents(tx: Tx, workers: list[str], lost: int) -> None:
    hopeless = document.c.lost + lost > LOST_ALONE
    rows = tx.run(
        update(document).where(document.c.worker.in_(workers), document.c.state == "received").values(
            worker=None, lost=document.c.lost + lost,
            state=case((hopeless, "quarantined"), else_="received"),
            reason=case((hopeless, "worker_died"), else_=document.c.reason),
        ).returning(document.c.id, document.c.system, document.c.state)
    ).all()  # fmt: skip
    desk.put(tx, [(row.id, row.system, "worker_died", None) for row in rows if row.state == "quarantined"])


def _hand_back_deliveries(tx: Tx, workers: list[str], lost: int) -> None:
    state = delivery.c.state
    # `sending` was committed before the request left: nobody knows whether it arrived.
    waited, worn = state == "waiting", and_(delivery.c.lost + lost > LOST_ALONE, state != "sending")
    rows = tx.run(
        update(delivery).where(delivery.c.worker.in_(workers), state.in_(OPEN_DELIVERY)).values(
            worker=None, lost=delivery.c.lost + lost,
            state=case((worn, "held"), (waited, "waiting"), else_="unknown"),
            reason=case((or_(worn, state == "sending"), "worker_died"), else_=delivery.c.reason),
            due_at=case((waited, delivery.c.due_at), else_=tx.now),
        ).returning(delivery.c.id, delivery.c.system, delivery.c.state)
    ).all()  # fmt: skip
    desk.put(tx, [(row.id, row.system, "worker_died", None) for row in rows if row.state == "held"], kind="delivery")


def _hand_back_files(tx: Tx, workers: list[str], lost: int) -> None:
    """To fetch once more does no harm; one that kills its workers goes to a person."""
    hopeless = attachment.c.lost + lost > LOST_ALONE
    rows = tx.run(
        update(attachment).where(attachment.c.worker.in_(workers), attachment.c.state == "waiting").values(
            worker=None, lost=attachment.c.lost + lost,
            state=case((hopeless, "refused"), else_="waiting"),
            reason=case((hopeless, "worker_died"), else_=attachment.c.reason),
        ).returning(attachment.c.id, attachment.c.system, attachment.c.state)
    ).all()  # fmt: skip
    desk.put(tx, [(row.id, row.system, "worker_died", None) for row in rows if row.state == "refused"], kind="file")


def list_alive(tx: Tx) -> list[dict[str, object]]:
    rows = tx.run(select(worker).where(worker.c.fenced.is_(False)).order_by(worker.c.started_at))
    return [dict(row._mapping) for row in rows]
