"""Mass events group cases without merging them. An emergency, an appeal about life, belongs to no event."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from canonical.appeal import URGENCY_RANK, Urgency
from canonical.ids import make_first_id, make_id
from ledger import audit
from ledger.store import Tx
from ledger.tables import appeal, cases, event

_LIFE = URGENCY_RANK[Urgency.life]


@dataclass(frozen=True, slots=True)
class Surge:
    """Appeals of one topic in one municipality; `people`: distinct residents."""

    topic: str
    oktmo: str
    appeals: int
    people: int


def find_surges(tx: Tx, since: int, people: int) -> list[Surge]:
    """Where at least so many residents wrote since then (ms), most first. Reads the newest end of one index only."""
    writer = func.coalesce(appeal.c.person, appeal.c.phone, appeal.c.email, appeal.c.id)
    writers = func.count(writer.distinct()).label("people")
    query = select(appeal.c.topic, appeal.c.oktmo, func.count().label("appeals"), writers)
    counted = _arrived(since), appeal.c.urgency > _LIFE, appeal.c.topic.is_not(None), appeal.c.oktmo.is_not(None)
    grouped = query.where(*counted, appeal.c.deleted.is_(False)).group_by(appeal.c.topic, appeal.c.oktmo)
    rows = tx.run(grouped.having(writers >= people).order_by(writers.desc()))
    return [Surge(row.topic, row.oktmo, row.appeals, row.people) for row in rows]


def list_features(tx: Tx, surge: Surge, since: int, limit: int) -> list[bytes]:
    ours = _arrived(since), appeal.c.topic == surge.topic, appeal.c.oktmo == surge.oktmo, appeal.c.urgency > _LIFE
    query = select(appeal.c.features).where(*ours, appeal.c.features.is_not(None))
    return list(tx.run(query.order_by(appeal.c.id.desc()).limit(limit)).scalars())


def count_emergencies(tx: Tx, oktmo: str, since: int) -> int:
    ours = _arrived(since), appeal.c.oktmo == oktmo, appeal.c.urgency == _LIFE
    return int(tx.run(select(func.count()).where(*ours)).scalar_one())


def _arrived(since: int) -> Any:
    """Ids ascend with time: no index of its own is needed."""
    return appeal.c.id >= make_first_id("a", since)


def open_event(tx: Tx, topic: str, oktmo: str, by: str) -> tuple[str, int]:
    """Its id, and how many open cases of this topic in this municipality it groups."""
    name = make_id("e")
    tx.run(event.insert(), [{"id": name, "topic": topic, "zone": oktmo, "opened_at": tx.now, "opened_by": by}])
    fit = cases.c.topic == topic, cases.c.oktmo == oktmo, cases.c.event_id.is_(None), cases.c.urgency > _LIFE
    alive = cases.c.state.not_in(("answered", "closed"))
    number = int(tx.run(update(cases).where(*fit, alive).values(event_id=name)).rowcount)
    audit.record(tx, [audit.note(tx, "event.opened", name, by, cases=number)])
    return name, number


def find_open(tx: Tx) -> dict[tuple[str, str], str]:
    """Events that are going on, by topic and municipality."""
    return {(row.topic, row.zone): row.id for row in tx.run(select(event).where(event.c.closed_at.is_(None)))}


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
