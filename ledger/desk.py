"""What waits for a person: one list. Opening items; the words of a person are in `deliveries` and `documents`."""

from collections.abc import Iterable, Sequence

from sqlalchemy import update

from canonical.ids import make_id
from ledger.rows import among
from ledger.store import Tx
from ledger.tables import desk

#: subject, system, reason, detail
Item = tuple[str, str, str, str | None]


def put(tx: Tx, items: Sequence[Item], kind: str = "quarantine") -> None:
    tx.run(desk.insert(), [
        {"id": make_id("q"), "kind": kind, "subject": subject, "system": system, "reason": reason,
         "evidence": detail, "urgency": 2, "opened_at": tx.now, "open": True}
        for subject, system, reason, detail in items
    ])  # fmt: skip


def close(tx: Tx, subjects: Iterable[str], decision: str, by: str | None) -> None:
    closing = {"open": False, "closed_at": tx.now, "decision": decision, "decided_by": by}
    tx.run(update(desk).where(among(tx, desk.c.subject, subjects), desk.c.open.is_(True)).values(**closing))
