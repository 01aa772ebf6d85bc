"""Parts of conversations that wait for silence, held as parked documents (no memory of a process is needed).

While its window is open each part is `parked` with the reason `thread` and the conversation's mark as subject. When it
closes, all are `received` at once: the oldest leads (reason `thread`), the others follow it (reason `part`), and the
subject of all is the leader's id. Whoever claims the leader claims its followers. All moves of windows are made under
the decide lock, so that no part slips in while its window closes.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import exists, func, select, text, update

from ledger.rows import among
from ledger.store import Lease, Tx
from ledger.tables import appeal, document

WAITS, FOLLOWS = "thread", "part"


class Window(NamedTuple):
    """Milliseconds. `first_at`: when its first part arrived."""

    first_at: int
    due_at: int


_IS_OPEN = document.c.state == "parked", document.c.reason == WAITS
#: Written out: only so it proves that the partial index fits.
_IS_PART = text("document.disposition = 'part'")


def find_open(tx: Tx, marks: Sequence[str]) -> dict[str, Window]:
    """Open windows by the mark of their conversation."""
    times = document.c.subject, func.min(document.c.received_at), func.min(document.c.due_at)
    mine = *_IS_OPEN, among(tx, document.c.subject, sorted(set(marks)))
    query = select(*times).where(*mine).group_by(document.c.subject)
    return {row[0]: Window(row[1], row[2]) for row in tx.run(query)}


def move_due(tx: Tx, mark: str, due_at: int) -> None:
    tx.run(update(document).where(*_IS_OPEN, document.c.subject == mark).values(due_at=due_at))


_LEADER = document.alias("leader")
#: Their leader went to quarantine without them.
_IS_ORPHAN = (
    document.c.state == "received", document.c.reason == FOLLOWS, document.c.worker.is_(None),
    ~exists(select(1).where(_LEADER.c.id == document.c.subject, _LEADER.c.state == "received")),
)  # fmt: skip


def has_due(tx: Tx) -> bool:
    due = select(document.c.id).where(*_IS_OPEN, document.c.due_at <= tx.now)
    orphans = select(document.c.id).where(*_IS_ORPHAN)
    return any(tx.run(query.limit(1)).first() is not None for query in (due, orphans))


def close_due(tx: Tx) -> int:
    """Closes every window whose time has come; how many. The caller holds the decide lock."""
    tx.run(update(document).where(*_IS_ORPHAN).values(reason=None, subject=None))  # they wait for silence anew
    due = select(document.c.system, document.c.subject).where(*_IS_OPEN, document.c.due_at <= tx.now).distinct()
    windows = tx.run(due).all()
    for system, mark in windows:
        mine = *_IS_OPEN, document.c.system == system, document.c.subject == mark
        leader = tx.run(select(func.min(document.c.id)).where(*mine)).scalar_one()
        freed = {"state": "received", "worker": None, "due_at": tx.now, "subject": leader}
        tx.run(update(document).where(*mine, document.c.id != leader).values(**freed, reason=FOLLOWS))
        tx.run(update(document).where(document.c.id == leader).values(**freed, reason=WAITS))
    return len(windows)


def claim_followers(tx: Tx, lease: Lease, leaders: Sequence[str]) -> list[Any]:
    if not leaders:
        return []
    mine = document.c.state == "received", document.c.reason == FOLLOWS, among(tx, document.c.subject, leaders)
    taken = update(document).where(*mine).values(worker=lease.id, attempts=document.c.attempts + 1)
    return list(tx.run(taken.returning(document)))


def find_closing(tx: Tx, system: str, external_ids: Sequence[str]) -> set[str]:
    """Those of a source's ids whose window has closed and whose appeal is not decided yet."""
    closing = document.c.state == "received", document.c.reason.in_((WAITS, FOLLOWS)), document.c.system == system
    query = select(document.c.external_id).where(*closing, among(tx, document.c.external_id, external_ids))
    return set(tx.run(query).scalars())


def find_appeals_of_parts(tx: Tx, system: str, external_ids: Sequence[str]) -> dict[str, Any]:
    """Appeals by the source's id of any of their parts but the first, whose id is the appeal's own."""
    part = document.c.system == system, document.c.kind == "appeal", document.c.disposition == FOLLOWS
    query = select(document.c.external_id.label("part_id"), appeal).join(appeal, appeal.c.id == document.c.subject)
    rows = tx.run(query.where(*part, among(tx, document.c.external_id, external_ids)))
    return {row.part_id: row for row in rows}


def list_documents(tx: Tx, known: Any) -> list[Any]:
    """Every document that this appeal was made of and changed by, in the order of arrival."""
    parts = select(document.c.external_id).where(_IS_PART, document.c.subject == known.id)
    ids = {known.external_id, *tx.run(parts).scalars()}
    own = document.c.system == known.system, document.c.kind == "appeal", among(tx, document.c.external_id, sorted(ids))
    counted = document.c.state == "done", document.c.disposition != "stale"
    return list(tx.run(select(document).where(*own, *counted).order_by(document.c.id)))
