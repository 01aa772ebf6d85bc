"""Files that appeals and answers name: each is fetched once into the store, or there is a reason why not.

An owner is an appeal or an answer (also a resident's reply, which is kept like an answer). A file is `late` when its
owner was sent before it was there: it follows by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update

from canonical.attachment import Attachment
from canonical.ids import make_id
from ledger import audit, desk
from ledger.cases import find_firsts
from ledger.leases import LOST_ALONE
from ledger.rows import change_rows, insert_new
from ledger.shelf import Shelf
from ledger.store import Lease, Store, Tx
from ledger.tables import answer, appeal, attachment, delivery, file

#: Most files of one appeal or answer; what is named beyond them is refused.
MOST = 50
#: Why a person is asked about a file that is there: only one resident of the case has it.
NOT_SHARED = "not_shared"
#: Refused without asking anybody: what is sent says so, and no decision could help.
TOLD_ONLY = ("no_way_to_fetch", "too_many", "forgotten")
#: Why a delivery waits: until its files are there, or its time is over.
AWAITS = "awaits_files"


def make_rows(
    tx: Tx, named: Sequence[Attachment], *, owner: str, system: str, urgency: int, late: bool = False,
    reason: str | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows for `add`. What has a digest came with its document and is in the store. `reason`: the others cannot be
    fetched at all, and why."""
    rows = []
    for place, one in enumerate(named):
        name, why = make_id("f"), "too_many" if place >= MOST else None if one.digest else reason
        state = "refused" if why else "stored" if one.digest else "waiting"
        kept = {"digest": one.digest, "size": one.size, "media_type": one.media_type} if state == "stored" else {}
        rows.append({
            "id": name, "owner": owner, "mark": mark_of(tx, one), "system": system, "urgency": urgency,
            "state": state, "reason": why, "created_at": tx.now, "due_at": tx.now,
            "late": late, "shareable": one.shareable, "done_at": tx.now if kept else None,
            "digest": None, "size": None, "media_type": None,
            "body": tx.vault.seal("attachment", name, one.model_dump_json(exclude_defaults=True).encode()),
        } | kept)  # fmt: skip
    return rows


def mark_of(tx: Tx, named: Attachment) -> str:
    """What tells one file of an owner from another: the outer system's own name for it."""
    return tx.vault.mark("file", named.id or named.url or named.name or "")


def add(tx: Tx, rows: list[dict[str, Any]]) -> set[str]:
    """The ids that are new; a revision that names the same file again adds nothing."""
    kept = [{name: row[name] for name in ("digest", "size", "media_type")} for row in rows if row["state"] == "stored"]
    insert_new(tx, file, [row | {"stored_at": tx.now} for row in kept], "digest")
    return insert_new(tx, attachment, rows)


def open_attachment(tx: Tx, row: Any) -> Attachment:
    if row.body is None:  # forgotten
        return Attachment()
    told = Attachment.model_validate_json(tx.vault.open("attachment", row.id, row.body))
    found = {"digest": row.digest, "size": row.size, "media_type": row.media_type} if row.digest else {}
    return told.model_copy(update=found | {"shareable": row.shareable})


def load(tx: Tx, owners: Iterable[str], lock: bool = False) -> dict[str, list[Any]]:
    """Rows by owner, in the order in which they were named. `lock`: until the end of the transaction."""
    wanted, found = sorted(set(owners)), {}  # type: ignore[var-annotated]
    query = select(attachment).where(attachment.c.owner.in_(wanted)).order_by(attachment.c.id)
    for row in tx.run(query.with_for_update() if lock else query) if wanted else ():
        found.setdefault(row.owner, []).append(row)
    return found


def find_settled(tx: Tx, owners: Iterable[str]) -> set[str]:
    """Owners whose files are known and none of which is awaited any more; the rows stay as they are until the end of
    the transaction, so that whoever settles the last one comes either before this or after what is written now."""
    named = load(tx, owners, lock=True)
    return {owner for owner, rows in named.items() if all(row.state != "waiting" for row in rows)}


def mark_late(tx: Tx, ids: Sequence[str]) -> None:
    """Their owner leaves without them."""
    tx.run(update(attachment).where(attachment.c.id.in_(list(ids))).values(late=True))


def find_due_systems(tx: Tx) -> list[str]:
    due = attachment.c.state == "waiting", attachment.c.worker.is_(None), attachment.c.due_at <= tx.now
    return list(tx.run(select(attachment.c.system).where(*due).distinct()).scalars())


def claim(tx: Tx, lease: Lease, system: str, limit: int) -> list[Any]:
    """Files of this system that are due, urgent ones first; one that killed its workers twice comes alone."""
    for alone in (False, True):
        due = select(attachment.c.id).where(
            attachment.c.system == system, attachment.c.state == "waiting", attachment.c.worker.is_(None),
            attachment.c.due_at <= tx.now,
            attachment.c.lost >= LOST_ALONE if alone else attachment.c.lost < LOST_ALONE,
        )  # fmt: skip
        due = due.order_by(attachment.c.urgency, attachment.c.id).limit(1 if alone else limit)
        heads = due.with_for_update(skip_locked=True).cte("heads")
        taken = update(attachment).where(attachment.c.id.in_(select(heads.c.id)))
        values = {"worker": lease.id, "attempts": attachment.c.attempts + 1}
        rows = tx.run(taken.values(**values).returning(attachment)).all()
        if rows:
            break
    return sorted(rows, key=lambda row: (row.urgency, row.id))


@dataclass(frozen=True, slots=True)
class Ending:
    """How one attempt ended: `stored`, `waiting` (again at `due_at`) or `refused`."""

    id: str
    state: str
    digest: str | None = None
    size: int | None = None
    media_type: str | None = None
    reason: str | None = None
    detail: str | None = None
    due_at: int | None = None


def finish(tx: Tx, lease: Lease, claimed: dict[str, Any], endings: Sequence[Ending]) -> list[Any]:
    """Rows as they are now, of those that ended for good. A file that is not this worker's any more stays as it is."""
    ids = sorted(one.id for one in endings)
    own = select(attachment.c.id).where(attachment.c.id.in_(ids), attachment.c.worker == lease.id)
    mine = set(tx.run(own.order_by(attachment.c.id).with_for_update()).scalars()) if ids else set()
    endings = [one for one in endings if one.id in mine]
    insert_new(tx, file, [
        {"digest": one.digest, "size": one.size, "media_type": one.media_type, "stored_at": tx.now}
        for one in endings if one.state == "stored"
    ], "digest")  # fmt: skip
    change_rows(tx, attachment, [
        {"id": one.id, "state": one.state, "digest": one.digest, "size": one.size, "media_type": one.media_type,
         "reason": one.reason, "detail": one.detail, "worker": None, "due_at": one.due_at or tx.now,
         "done_at": None if one.state == "waiting" else tx.now}
        for one in endings
    ], {"worker": lease.id})  # fmt: skip
    refused = [one for one in endings if one.state == "refused"]
    desk.put(tx, [(one.id, claimed[one.id].system, one.reason or "", one.detail) for one in refused], kind="file")
    audit.record(tx, [
        audit.note(tx, f"file.{one.state}", one.id, lease.id, system=claimed[one.id].system,
                   owner=claimed[one.id].owner, **({"reason": one.reason} if one.reason else {}))
        for one in endings
    ])  # fmt: skip
    settled = [one.id for one in endings if one.state != "waiting"]
    return tx.run(select(attachment).where(attachment.c.id.in_(settled))).all() if settled else []


def release(tx: Tx, owners: Iterable[str]) -> list[str]:
    """Deliveries that waited for files of these owners go, unless other files are still awaited; their systems."""
    wanted = sorted(set(owners))
    if not wanted:
        return []
    open_ones = select(attachment.c.owner).where(attachment.c.owner.in_(wanted), attachment.c.state == "waiting")
    ready = sorted(set(wanted) - set(tx.run(open_ones).scalars()))
    waiting = delivery.c.state == "waiting", delivery.c.reason == AWAITS, delivery.c.due_at > tx.now
    of = func.coalesce(delivery.c.answer_id, delivery.c.appeal_id).in_(ready)
    homes = find_cases(tx, ready)
    here = delivery.c.case_id.in_(sorted(set(homes.values())))
    gone = update(delivery).where(*waiting, here, of).values(due_at=tx.now)
    return sorted(set(tx.run(gone.returning(delivery.c.system)).scalars())) if ready else []


def find_cases(tx: Tx, owners: Iterable[str]) -> dict[str, str]:
    """Owner → the case that it is in now."""
    wanted, found = sorted(set(owners)), {}
    for table in (appeal, answer):
        for row in tx.run(select(table.c.id, table.c.case_id).where(table.c.id.in_(wanted))) if wanted else ():
            found[row.id] = row.case_id
    return found


def find_speaking(tx: Tx, owner: str, case_id: str, lock: bool = False) -> list[Any]:
    """Deliveries that speak of this owner and were not given up."""
    mine = delivery.c.case_id == case_id, func.coalesce(delivery.c.answer_id, delivery.c.appeal_id) == owner
    first = delivery.c.intent.in_(("forward", "join", "answer", "supplement")), delivery.c.cause.not_like("files:%")
    alive = delivery.c.state.not_in(("cancelled", "shadowed"))
    query = select(delivery).where(*mine, *first, alive).order_by(delivery.c.id)
    return list(tx.run(query.with_for_update() if lock else query))


def has_left(sent: Any) -> bool:
    """Whether a delivery went, or is about to go, with the files of its moment."""
    return sent.plan is not None or sent.worker is not None or sent.done_at is not None


def find_first(tx: Tx, answer_id: str) -> str | None:
    """The appeal that an answer's filing was made for: its files were written for that resident."""
    given = tx.run(select(answer.c.assignment_id).where(answer.c.id == answer_id)).scalar()
    return find_firsts(tx, [given]).get(given) if given else None


def count_waiting(tx: Tx) -> dict[str, tuple[int, int]]:
    """Per system: how many of its files are still to be fetched, and when the oldest became due (ms)."""
    query = select(attachment.c.system, func.count(), func.min(attachment.c.due_at))
    rows = tx.run(query.where(attachment.c.state == "waiting").group_by(attachment.c.system))
    return {system: (number, oldest) for system, number, oldest in rows}


def count_states(tx: Tx) -> dict[str, int]:
    """`waiting`, `stored` and `refused`; `late`: of those waiting, what went already without them."""
    states = tx.run(select(attachment.c.state, func.count()).group_by(attachment.c.state))
    late = select(func.count()).where(attachment.c.state == "waiting", attachment.c.late.is_(True))
    return {"waiting": 0, "stored": 0, "refused": 0} | {row[0]: row[1] for row in states} | {
        "late": int(tx.run(late).scalar_one())
    }  # fmt: skip


def find_missing(store: Store, shelf: Shelf) -> list[str]:
    """Stored files whose content is not in the store. What was forgotten while we looked is not missed."""
    stored = attachment.c.state == "stored", attachment.c.digest.is_not(None)
    with store.read() as tx:
        named = set(tx.run(select(attachment.c.digest).where(*stored).distinct()).scalars())
    gone = sorted(name for name in named if not shelf.holds(name))
    with store.read() as tx:
        query = select(attachment.c.id).where(*stored, attachment.c.digest.in_(gone)).order_by(attachment.c.id)
        return list(tx.run(query).scalars()) if gone else []


def abandon(tx: Tx, lease: Lease, ids: Sequence[str]) -> None:
    """Something of ours failed: they are looked at again later."""
    mine = attachment.c.id.in_(list(ids)), attachment.c.worker == lease.id
    tx.run(update(attachment).where(*mine).values(worker=None, lost=attachment.c.lost + 1, due_at=tx.now + 5000))


def forget(tx: Tx, owners: Iterable[str]) -> int:
    """What was named and found is no longer known; how many. The contents go with the next `collect`."""
    mine = attachment.c.owner.in_(sorted(set(owners))), attachment.c.body.is_not(None)
    nothing = {"body": None, "digest": None, "detail": None, "worker": None, "state": "refused", "reason": "forgotten"}
    return int(tx.run(update(attachment).where(*mine).values(**nothing)).rowcount)


def collect(store: Store, shelf: Shelf, older_than: float = 3600.0) -> int:
    """Removes contents that nothing refers to and that were put more than so many seconds ago; how many."""
    shelf.clear_fresh(max(older_than, 3600.0))
    gone = 0
    for name in list(shelf.names(older_than)):
        with store.read() as tx:
            used = tx.run(select(attachment.c.id).where(attachment.c.digest == name).limit(1)).first()
        if used is None and shelf.remove(name, older_than):
            gone += 1
            with store.write() as tx:
                # It may have been fetched anew since: then it is there again, and known.
                named = select(attachment.c.digest).where(attachment.c.digest == name)
                tx.run(delete(file).where(file.c.digest == name, file.c.digest.not_in(named)))
    return gone
