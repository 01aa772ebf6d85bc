"""What waits for a person: one list. Opening items; the words of a person are in `deliveries` and `documents`."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update

from canonical.ids import make_id
from ledger.rows import among
from ledger.store import Tx
from ledger.tables import attachment, delivery, desk

#: subject, system, reason, detail
Item = tuple[str, str, str, str | None]


NORMAL = 2
_URGENT = {"delivery": delivery, "file": attachment}


def put(tx: Tx, items: Sequence[Item], kind: str = "quarantine") -> None:
    urgency = _find_urgency(tx, kind, [item[0] for item in items])
    tx.run(desk.insert(), [
        {"id": make_id("q"), "kind": kind, "subject": subject, "system": system, "reason": reason,
         "evidence": detail, "urgency": urgency.get(subject, NORMAL), "opened_at": tx.now, "open": True}
        for subject, system, reason, detail in items
    ])  # fmt: skip


def _find_urgency(tx: Tx, kind: str, subjects: Sequence[str]) -> dict[str, int]:
    """What waits is as urgent as what it is about; of a document that nobody could read it is not known."""
    table = _URGENT.get(kind)
    if table is None or not subjects:
        return {}
    query = select(table.c.id, table.c.urgency).where(among(tx, table.c.id, subjects))
    return {row.id: row.urgency for row in tx.run(query)}


def close(tx: Tx, subjects: Iterable[str], decision: str, by: str | None, **only: str) -> None:
    """`only`: of the items about these subjects those with these values, by column."""
    closing = {"open": False, "closed_at": tx.now, "decision": decision, "decided_by": by}
    mine = among(tx, desk.c.subject, subjects), *(desk.c[name] == value for name, value in only.items())
    tx.run(update(desk).where(*mine, desk.c.open.is_(True)).values(**closing))
