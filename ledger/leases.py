"""Workers' heartbeats, and what happens to the work of a dead one (promise 5)."""

import os
import socket
import time

from sqlalchemy import case, delete, select, update

from canonical.ids import make_id
from ledger import audit
from ledger.clock import database_now
from ledger.store import DEAD_AFTER_MS, Fenced, Lease, Store, Tx
from ledger.tables import delivery, document, schedule, worker

#: A row whose lease was lost this often is claimed alone, and at the next loss quarantined.
LOST_ALONE = 2
_HELD_DOCUMENT = document.c.state == "received"


def take_lease(store: Store, role: str, config: str | None = None) -> Lease:
    lease = Lease(make_id("w"))
    row = {"id": lease.id, "role": role, "host": socket.gethostname(), "pid": os.getpid(), "config": config}
    with store.write() as tx:
        tx.run(worker.insert().values(**row, started_at=database_now(), beat_at=database_now(), fenced=False))
    return lease


def beat(store: Store, lease: Lease, config: str | None = None) -> None:
    """Raises Fenced when we were declared dead meanwhile."""
    started = time.monotonic()
    with store.write() as tx:
        alive = worker.c.id == lease.id, worker.c.fenced.is_(False)
        done = tx.run(update(worker).where(*alive).values(beat_at=database_now(), config=config))
    if done.rowcount == 0:
        lease.fenced = True
        raise Fenced(f"worker {lease.id} was declared dead")
    lease.confirmed = started


def release(store: Store, lease: Lease) -> None:
    """A graceful end: nothing is held any more."""
    with store.write() as tx:
        _hand_back(tx, [lease.id], lost=0)
        tx.run(update(worker).where(worker.c.id == lease.id).values(fenced=True))
    lease.fenced = True


def bury(store: Store) -> list[str]:
    """Fences every worker that stopped beating and frees what it held; their ids."""
    with store.write() as tx:
        late = worker.c.fenced.is_(False), worker.c.beat_at < database_now() - DEAD_AFTER_MS
        dead = list(tx.run(update(worker).where(*late).values(fenced=True).returning(worker.c.id)).scalars())
        if dead:
            _hand_back(tx, dead, lost=1)
            audit.record(tx, [audit.note(tx, "worker.dead", name) for name in dead])
        tx.run(delete(worker).where(worker.c.fenced.is_(True), worker.c.beat_at < database_now() - 3_600_000))
        return dead


def _hand_back(tx: Tx, workers: list[str], lost: int) -> None:
    ours = document.c.worker.in_(workers), _HELD_DOCUMENT
    hopeless = document.c.lost + lost > LOST_ALONE
    tx.run(
        update(document).where(*ours).values(
            worker=None, lost=document.c.lost + lost,
            state=case((hopeless, "quarantined"), else_="received"),
            reason=case((hopeless, "worker_died"), else_=document.c.reason),
        )
    )  # fmt: skip
    held = delivery.c.worker.in_(workers)
    worn = delivery.c.lost + lost > LOST_ALONE
    tx.run(
        update(delivery).where(held, delivery.c.state == "waiting").values(
            worker=None, lost=delivery.c.lost + lost,
            state=case((worn, "held"), else_="waiting"),
            reason=case((worn, "worker_died"), else_=delivery.c.reason),
        )
    )  # fmt: skip
    # `sending` was committed before the request left: nobody knows whether it arrived.
    sent = delivery.c.state.in_(("sending", "unknown"))
    tx.run(update(delivery).where(held, sent).values(worker=None, state="unknown", due_at=tx.now))
    tx.run(update(schedule).where(schedule.c.worker.in_(workers)).values(worker=None))


def list_alive(tx: Tx) -> list[dict[str, object]]:
    rows = tx.run(select(worker).where(worker.c.fenced.is_(False)).order_by(worker.c.started_at))
    return [dict(row._mapping) for row in rows]
