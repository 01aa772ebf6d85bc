"""Mass events group cases without merging them."""

from typing import Any

from sqlalchemy import func, select, update

from canonical.ids import make_id
from ledger import audit
from ledger.store import Tx
from ledger.tables import cases, event


def open_event(tx: Tx, topic: str, oktmo: str, by: str) -> tuple[str, int]:
    """Its id, and how many open cases of this topic in this municipality it groups."""
    name = make_id("e")
    tx.run(event.insert(), [{"id": name, "topic": topic, "zone": oktmo, "opened_at": tx.now, "opened_by": by}])
    fit = cases.c.topic == topic, cases.c.oktmo == oktmo, cases.c.event_id.is_(None)
    alive = cases.c.state.not_in(("answered", "closed"))
    number = int(tx.run(update(cases).where(*fit, alive).values(event_id=name)).rowcount)
    audit.record(tx, [audit.note(tx, "event.opened", name, by, cases=number)])
    return name, number


def close_event(tx: Tx, name: str, by: str) -> bool:
    """False when there is no open event of this name."""
    ours = event.c.id == name, event.c.closed_at.is_(None)
    done = bool(tx.run(update(event).where(*ours).values(closed_at=tx.now)).rowcount)
    if done:
        audit.record(tx, [audit.note(tx, "event.closed", name, by)])
    return done


def list_events(tx: Tx) -> list[Any]:
    """Rows of events, newest first, with the numbers `cases` and `appeals`."""
    numbers = func.count(cases.c.id).label("cases"), func.coalesce(func.sum(cases.c.appeals), 0).label("appeals")
    joined = select(event, *numbers).outerjoin(cases, cases.c.event_id == event.c.id)
    return list(tx.run(joined.group_by(*event.c).order_by(event.c.opened_at.desc())))
