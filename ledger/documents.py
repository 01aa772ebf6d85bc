"""Documents: recorded before they are acknowledged, claimed in batches, each with one disposition."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, update

from canonical.document import Document
from canonical.ids import make_id
from ledger import audit
from ledger.clock import to_ms
from ledger.leases import LOST_ALONE
from ledger.rows import insert_new
from ledger.store import Lease, Tx
from ledger.tables import desk, document

#: How long a document may wait for something it refers to.
PARK_MS = 600_000


@dataclass(frozen=True, slots=True)
class Claimed:
    id: str
    system: str
    kind: str
    external_id: str
    revision: str
    body: bytes
    content_type: str
    received_at: int
    attempts: int


def record(tx: Tx, arrivals: Sequence[tuple[str, Document]]) -> list[str | None]:
    """Commits raw bytes; per arrival its new id, or None when it was here before (a redelivery, counted)."""
    rows, seen = [], _Latest(tx, arrivals)
    for system, arrived in arrivals:
        digest = tx.vault.digest(arrived.body)
        row = _make_row(tx, system, arrived, digest, seen.revise(system, arrived, digest))
        rows.append(row)
    fresh = insert_new(tx, document, rows)
    _count_copies(tx, [row for row in rows if row["id"] not in fresh])
    faulty = [row for row in rows if row["id"] in fresh and row["state"] == "quarantined"]
    open_desk(tx, [(row["id"], row["system"], row["reason"], row["detail"]) for row in faulty])
    return [row["id"] if row["id"] in fresh else None for row in rows]


def _make_row(tx: Tx, system: str, arrived: Document, digest: str, revision: str) -> dict[str, Any]:
    name = make_id("d")
    return {
        "id": name, "system": system, "kind": arrived.kind, "external_id": arrived.external_id,
        "revision": revision, "digest": digest, "state": "quarantined" if arrived.fault else "received",
        "reason": "unreadable" if arrived.fault else None, "detail": arrived.fault,
        "received_at": tx.now, "sent_at": to_ms(arrived.sent_at), "due_at": tx.now,
        "content_type": arrived.content_type, "size": len(arrived.body),
        "body": tx.vault.seal("document", name, arrived.body),
    }  # fmt: skip


class _Latest:
    """Revisions of documents whose source tells none: only the latest content is compared, so that
    A → B → A is three."""

    def __init__(self, tx: Tx, arrivals: Iterable[tuple[str, Document]]) -> None:
        ids = {(system, a.kind, a.external_id) for system, a in arrivals if a.revision is None and a.sent_at is None}
        self._known: dict[tuple[str, str, str], tuple[str, int]] = {}
        for system, kind in {(s, k) for s, k, _ in ids}:
            for row in tx.run(_find_latest(system, kind, [x for s, k, x in ids if (s, k) == (system, kind)])):
                self._known[system, kind, row.external_id] = (row.digest, int(row.revision.rpartition("#")[2] or 0))

    def revise(self, system: str, arrived: Document, digest: str) -> str:
        if arrived.revision is not None:
            return arrived.revision
        if arrived.sent_at is not None:
            return f"{to_ms(arrived.sent_at)}:{digest[:16]}"
        key = (system, arrived.kind, arrived.external_id)
        before, number = self._known.get(key, ("", 0))
        number += before != digest
        self._known[key] = (digest, number)
        return f"#{number}"


def _find_latest(system: str, kind: str, external_ids: list[str]) -> Any:
    of = document.c.system == system, document.c.kind == kind, document.c.external_id.in_(external_ids)
    newest = select(func.max(document.c.id)).where(*of).group_by(document.c.external_id)
    return select(document.c.external_id, document.c.digest, document.c.revision).where(document.c.id.in_(newest))


_COPY = update(document).where(
    document.c.system == bindparam("s"), document.c.kind == bindparam("k"),
    document.c.external_id == bindparam("x"), document.c.revision == bindparam("r"),
).values(copies=document.c.copies + 1)  # fmt: skip


def _count_copies(tx: Tx, rows: list[dict[str, Any]]) -> None:
    keys = [{"s": r["system"], "k": r["kind"], "x": r["external_id"], "r": r["revision"]} for r in rows]
    tx.run(_COPY, keys)


def claim(tx: Tx, lease: Lease, limit: int) -> list[Claimed]:
    """Due documents, urgent ones first. A row that was lost twice is taken alone."""
    for alone in (False, True):
        fit = document.c.lost >= LOST_ALONE if alone else document.c.lost < LOST_ALONE
        due = (
            select(document.c.id)
            .where(document.c.state == "received", document.c.worker.is_(None), document.c.due_at <= tx.now, fit)
            .order_by(document.c.urgency, document.c.id).limit(1 if alone else limit)
            .with_for_update(skip_locked=True)
        )  # fmt: skip
        taken = (
            update(document).where(document.c.id.in_(due))
            .values(worker=lease.id, attempts=document.c.attempts + 1)
            .returning(document)
        )  # fmt: skip
        rows = tx.run(taken).all()
        if rows:
            return [_open(tx, row) for row in sorted(rows, key=lambda r: (r.urgency, r.id))]
    return []


def _open(tx: Tx, row: Any) -> Claimed:
    body = tx.vault.open("document", row.id, row.body)
    return Claimed(
        row.id, row.system, row.kind, row.external_id, row.revision, body, row.content_type, row.received_at,
        row.attempts,
    )  # fmt: skip


_FINISH = update(document).where(
    document.c.id == bindparam("the"), document.c.worker == bindparam("by"), document.c.state == "received"
).values(state=bindparam("to"), disposition=bindparam("how"), subject=bindparam("of"), config=bindparam("with_config"),
         worker=None, reason=bindparam("why"), detail=bindparam("said"), due_at=bindparam("due"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a claimed document."""

    id: str
    state: str  # done, parked, quarantined, received (again later)
    disposition: str | None = None
    subject: str | None = None
    reason: str | None = None
    detail: str | None = None
    due_at: int | None = None


def finish(tx: Tx, lease: Lease, endings: Sequence[Ending], systems: dict[str, str], config: str | None) -> None:
    tx.run(_FINISH, [
        {"the": e.id, "by": lease.id, "to": e.state, "how": e.disposition, "of": e.subject, "with_config": config,
         "why": e.reason, "said": e.detail, "due": e.due_at or tx.now}
        for e in endings
    ])  # fmt: skip
    stuck = [e for e in endings if e.state == "quarantined"]
    open_desk(tx, [(e.id, systems.get(e.id, ""), e.reason or "", e.detail) for e in stuck])
    audit.record(tx, [
        audit.note(tx, f"document.{e.disposition or e.state}", e.id, config=config, **({"to": e.subject} if e.subject else {}))
        for e in endings if e.state != "parked"
    ])  # fmt: skip


def open_desk(tx: Tx, items: list[tuple[str, str, str, str | None]], kind: str = "quarantine") -> None:
    tx.run(desk.insert(), [
        {"id": make_id("q"), "kind": kind, "subject": subject, "system": system, "reason": reason,
         "evidence": detail, "opened_at": tx.now, "open": True}
        for subject, system, reason, detail in items
    ])  # fmt: skip


def wake_parked(tx: Tx, systems: Iterable[str]) -> int:
    """Looks again at what waited for a receipt of these systems."""
    waiting = document.c.state == "parked", document.c.system.in_(sorted(systems))
    return int(tx.run(update(document).where(*waiting).values(state="received", due_at=tx.now, worker=None)).rowcount)


def unpark_due(tx: Tx) -> int:
    """Looks again at what is due; what waited for too long goes to a person."""
    late = document.c.state == "parked", document.c.received_at < tx.now - PARK_MS
    rows = tx.run(
        update(document).where(*late).values(state="quarantined", reason="unknown_reference")
        .returning(document.c.id, document.c.system)
    ).all()  # fmt: skip
    open_desk(tx, [(row.id, row.system, "unknown_reference", None) for row in rows])
    due = document.c.state == "parked", document.c.due_at <= tx.now
    return int(tx.run(update(document).where(*due).values(state="received", worker=None)).rowcount)


def replay(tx: Tx, ids: Sequence[str]) -> int:
    """Quarantined documents start again from the first step."""
    stuck = document.c.id.in_(list(ids)), document.c.state == "quarantined"
    fresh = {"state": "received", "worker": None, "lost": 0, "due_at": tx.now, "reason": None, "detail": None}
    done = tx.run(update(document).where(*stuck).values(**fresh).returning(document.c.id)).scalars().all()
    tx.run(update(desk).where(desk.c.subject.in_(done), desk.c.open.is_(True)).values(
        open=False, closed_at=tx.now, decision="replayed"))  # fmt: skip
    audit.record(tx, [audit.note(tx, "document.replayed", name) for name in done])
    return len(done)
