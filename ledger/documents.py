"""Documents: recorded before they are acknowledged, claimed in batches, each with one disposition."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select, update

from canonical.document import Document
from canonical.ids import LONGEST_ID, make_id, make_past_ids
from ledger import audit, desk, order, threads
from ledger.clock import to_ms
from ledger.leases import LOST_ALONE
from ledger.rows import among, change_rows, insert_new
from ledger.store import Fenced, Lease, Tx
from ledger.tables import document
from ledger.vault import KeyMissing, Sealed

#: How long a document may wait for something it refers to.
PARK_MS = 600_000
#: A document whose key this process does not have yet is offered again after this.
KEY_WAIT_MS = 5000
#: Most values in one condition.
CHUNK = 400


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
    thread: str | None = None  # the document that leads the parts it belongs to, when their window has closed
    unnamed: bool = False  # it arrived with no readable id; what `external_id` says was read later


def record(tx: Tx, arrivals: Sequence[tuple[str, Document]], at: int | None = None) -> list[str | None]:
    """Commits raw bytes; per arrival its new id, or None when it was here before (a redelivery, counted).

    `at`: when they arrived (ms), where that was before now: what came since is later than they are.
    """
    order.come_after(tx, document)
    names = (make_id("d") for _ in arrivals) if at is None else make_past_ids("d", at, len(arrivals))
    rows = [
        _make_row(tx, name, system, arrived, tx.now if at is None else at)
        for name, (system, arrived) in zip(names, arrivals, strict=True)
    ]
    fresh = insert_new(tx, document, _number_first(rows))
    known = [row for row in rows if row["revision"] in (COUNTED, FIRST) and row["id"] not in fresh]
    fresh |= insert_new(tx, document, _revise(tx, known))
    while overtaken := _find_overtaken(tx, [row for row in rows if row["id"] not in fresh]):
        # Another process recorded other content under the revision that we had counted up to.
        fresh |= insert_new(tx, document, _revise(tx, overtaken))
    _count_copies(tx, [row for row in rows if row["id"] not in fresh])
    faulty = [row for row in rows if row["id"] in fresh and row["state"] == "quarantined"]
    desk.put(tx, [(row["id"], row["system"], row["reason"], row["detail"]) for row in faulty])
    return [row["id"] if row["id"] in fresh else None for row in rows]


def _make_row(tx: Tx, name: str, system: str, arrived: Document, at: int) -> dict[str, Any]:
    digest, fault = tx.vault.digest(arrived.body), arrived.fault
    if len(arrived.external_id) > LONGEST_ID:
        fault = f"its id has more than {LONGEST_ID} characters; look at `id` of this kind in the mapping"
    return {
        "id": name, "system": system, "kind": arrived.kind, "external_id": _shorten(tx, arrived.external_id),
        "revision": _shorten(tx, _read_revision(arrived, digest)), "digest": digest,
        "state": "quarantined" if fault else "received",
        "reason": "unreadable" if fault else None, "detail": fault,
        "received_at": at, "sent_at": to_ms(arrived.sent_at), "due_at": tx.now,
        "content_type": arrived.content_type, "size": len(arrived.body),
        "body": tx.vault.seal("document", name, arrived.body),
    }  # fmt: skip


def _shorten(tx: Tx, name: str) -> str:
    """Still told from any other: what no index takes would keep all that arrived with it from being recorded."""
    return name if len(name) <= LONGEST_ID else f"{name[: LONGEST_ID // 2]}…{tx.vault.digest(name.encode())}"


#: Revisions that we count begin so; a source's own never do.
COUNTED = "#"
FIRST = COUNTED + "1"


def _read_revision(arrived: Document, digest: str) -> str:
    if arrived.revision is not None:
        return "=" * (arrived.revision[:1] == COUNTED) + arrived.revision
    return COUNTED if arrived.sent_at is None else f"{to_ms(arrived.sent_at)}:{digest[:16]}"


Key = tuple[str, str, str]


def _number_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows that may be the first of their name: most documents come once, and to insert them is cheaper than to ask.

    What is there already is not inserted, and is asked about together with those that follow another of their name.
    """
    first, seen = [], set()
    for row in rows:
        if row["revision"] != COUNTED:
            first.append(row)
        elif _key(row) not in seen:
            seen.add(_key(row))
            row["revision"] = FIRST
            first.append(row)
    return first


def _revise(tx: Tx, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Counts revisions where the source tells none: only the latest content is compared, so that A → B → A is three."""
    counted = [row for row in rows if row["revision"][:1] == COUNTED]
    latest = _find_latest(tx, {_key(row) for row in counted})
    for row in counted:
        number, digest = latest.get(_key(row), (0, ""))
        number += digest != row["digest"]
        latest[_key(row)] = number, row["digest"]
        row["revision"] = f"{COUNTED}{number}"
    return rows


def _key(row: Any) -> Key:
    return row["system"], row["kind"], row["external_id"]


def _find_latest(tx: Tx, keys: set[Key]) -> dict[Key, tuple[int, str]]:
    """Number and digest of the latest counted revision. By number, never by id: clocks of two hosts differ."""
    found: dict[Key, tuple[int, str]] = {}
    columns = document.c.system, document.c.kind, document.c.external_id, document.c.revision, document.c.digest
    for system, kind in sorted({key[:2] for key in keys}):
        names = sorted(name for *of, name in keys if (system, kind) == tuple(of))
        for start in range(0, len(names), CHUNK):
            of = document.c.system == system, document.c.kind == kind
            mine = (
                among(tx, document.c.external_id, names[start : start + CHUNK]),
                document.c.revision.like(COUNTED + "%"),
            )
            for row in tx.run(select(*columns).where(*of, *mine)).mappings():
                found[_key(row)] = max(found.get(_key(row), (0, "")), (int(row["revision"][1:]), row["digest"]))
    return found


def _find_overtaken(tx: Tx, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows whose counted revision belongs to another content by now. On SQLite writers are alone: never any."""
    counted = [row for row in rows if row["revision"][:1] == COUNTED] if tx.is_postgres else []
    taken = []
    for row in counted:
        same = (document.c[name] == row[name] for name in ("system", "kind", "external_id", "revision"))
        digest = tx.run(select(document.c.digest).where(*same)).scalar()
        if digest is not None and digest != row["digest"]:
            taken.append(row)
    return taken


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
            .where(document.c.state == "received", document.c.worker.is_(None), document.c.due_at <= tx.now, fit,
                   document.c.reason.is_distinct_from(threads.FOLLOWS))
            .order_by(document.c.urgency, document.c.id).limit(1 if alone else limit)
            .with_for_update(skip_locked=True).cte("due")
        )  # fmt: skip
        taken = (
            update(document).where(document.c.id.in_(select(due.c.id)))
            .values(worker=lease.id, attempts=document.c.attempts + 1)
            .returning(document)
        )  # fmt: skip
        rows = tx.run(taken).all()
        if rows:
            parts = threads.claim_followers(tx, lease, [row.id for row in rows if row.reason == threads.WAITS])
            return _open_all(tx, lease, sorted([*rows, *parts], key=lambda r: (r.urgency, r.id)))
    return []


def _open_all(tx: Tx, lease: Lease, rows: Sequence[Any]) -> list[Claimed]:
    """One row that does not open never holds up the others."""
    claimed, shut = [], []
    for row in rows:
        try:
            claimed.append(_open(tx, row))
        except KeyMissing:
            shut.append(Ending(row.id, "received", due_at=tx.now + KEY_WAIT_MS))
        except Sealed as error:
            shut.append(Ending(row.id, "quarantined", reason="does_not_open", detail=str(error)))
    # Parts of one conversation stay together: all wait for the key.
    closed = {row.id for row in rows} & {ending.id for ending in shut if ending.state == "received"}
    split = {_find_leader(row) for row in rows if row.id in closed} - {None}
    shut += [Ending(one.id, "received", due_at=tx.now + KEY_WAIT_MS) for one in claimed if one.thread in split]
    claimed = [one for one in claimed if one.thread not in split]
    if shut:
        finish(tx, lease, shut, {row.id: row.system for row in rows}, None)
    return claimed


def _open(tx: Tx, row: Any) -> Claimed:
    body = tx.vault.open("document", row.id, row.body)
    return Claimed(
        row.id, row.system, row.kind, row.external_id, row.revision, body, row.content_type, row.received_at,
        row.attempts, _find_leader(row),
    )  # fmt: skip


def name(tx: Tx, claimed: Iterable[Claimed]) -> None:
    """Documents that arrived with no readable id get their own, unless one of that id and revision is here."""
    for one in claimed:
        if one.unnamed:
            twin = document.alias()
            same = (twin.c[key] == getattr(one, key) for key in ("system", "kind", "external_id", "revision"))
            mine = document.c.id == one.id, ~exists().where(*same)
            tx.run(update(document).where(*mine).values(external_id=one.external_id))


def _find_leader(row: Any) -> str | None:
    return row.subject if row.reason in (threads.WAITS, threads.FOLLOWS) else None


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
    """Raises Fenced, so that nothing of the transaction stays, when one of them is not this worker's any more."""
    # Ordered by id, as everyone who locks several rows: two transactions never wait for each other.
    ended = [
        {"id": e.id, "state": e.state, "disposition": e.disposition, "subject": e.subject, "config": config,
         "worker": None, "reason": e.reason, "detail": e.detail, "due_at": e.due_at or tx.now}
        for e in sorted(endings, key=lambda e: e.id)
    ]  # fmt: skip
    done = change_rows(tx, document, ended, {"worker": lease.id, "state": "received"})
    if done != len({row["id"] for row in ended}):
        raise Fenced(f"worker {lease.id} finishes documents that are not its own")
    stuck = [e for e in endings if e.state == "quarantined"]
    desk.put(tx, [(e.id, systems.get(e.id, ""), e.reason or "", e.detail) for e in stuck])
    audit.record(tx, [
        audit.note(tx, f"document.{e.disposition or e.state}", e.id, config=config,
                   **({"to": e.subject} if e.subject else {}))
        for e in endings if e.state != "parked"
    ])  # fmt: skip


def find_late(tx: Tx, ids: Sequence[str]) -> set[str]:
    """Those of which a later revision was decided already: by another worker, or while they were in quarantine. Later
    is what its source sent later; where it does not say, what arrived later."""
    newer, ours = document.alias(), document.c.sent_at
    same = (newer.c[key] == document.c[key] for key in ("system", "kind", "external_id"))
    untold = or_(newer.c.sent_at == ours, newer.c.sent_at.is_(None), ours.is_(None))
    later = or_(newer.c.sent_at > ours, and_(untold, newer.c.id > document.c.id))
    query = select(document.c.id).where(among(tx, document.c.id, sorted(ids)))
    return set(tx.run(query.where(exists().where(*same, newer.c.state == "done", later))).scalars()) if ids else set()


#: Parked for a reference that is not known yet; parts of a conversation wait for silence instead.
_REFERS = and_(document.c.state == "parked", document.c.reason.is_distinct_from(threads.WAITS))


def wake_parked(tx: Tx, systems: Iterable[str]) -> int:
    """Looks again at what waited for a receipt of these systems."""
    waiting = _REFERS, among(tx, document.c.system, sorted(systems))
    return int(tx.run(update(document).where(*waiting).values(state="received", due_at=tx.now, worker=None)).rowcount)


def unpark_due(tx: Tx) -> int:
    """Looks again at what is due; what waited for too long goes to a person."""
    late = _REFERS, document.c.received_at < tx.now - PARK_MS
    rows = tx.run(
        update(document).where(*late).values(state="quarantined", reason="unknown_reference")
        .returning(document.c.id, document.c.system)
    ).all()  # fmt: skip
    desk.put(tx, [(row.id, row.system, "unknown_reference", None) for row in rows])
    due = _REFERS, document.c.due_at <= tx.now
    return int(tx.run(update(document).where(*due).values(state="received", worker=None)).rowcount)


def replay(tx: Tx, ids: Sequence[str]) -> int:
    """Quarantined documents start again from the first step."""
    stuck = document.c.id.in_(list(ids)), document.c.state == "quarantined"
    fresh = {"state": "received", "worker": None, "lost": 0, "due_at": tx.now, "reason": None, "detail": None}
    done = tx.run(update(document).where(*stuck).values(**fresh).returning(document.c.id)).scalars().all()
    desk.close(tx, done, "replayed", None)
    audit.record(tx, [audit.note(tx, "document.replayed", name) for name in done])
    return len(done)
