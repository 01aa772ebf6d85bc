"""What a resident may ask for, and what a person of ours may look at (promise 11)."""

from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from canonical.appeal import Appeal
from ledger import audit, cases, deliveries, desk, files
from ledger.store import Store, Tx
from ledger.tables import answer, appeal, candidate, delivery, document, obligation, rating
from ledger.tables import desk as desk_table


class OnItsWay(RuntimeError):
    """A delivery of this appeal may be leaving right now: forget it when that ended."""


class NoReason(ValueError):
    """Whoever looks at personal data says why."""


def find_appeals(tx: Tx, kind: str, value: str) -> list[str]:
    """Ids of one person's appeals, by `phone` (E.164), `email` or `person` (`system:id`)."""
    marks = {"phone": appeal.c.phone, "email": appeal.c.email, "person": appeal.c.person}
    query = select(appeal.c.id).where(marks[kind] == tx.vault.mark(kind, value))
    return list(tx.run(query.order_by(appeal.c.id)).scalars())


def unmask(tx: Tx, name: str, by: str, reason: str) -> Appeal:
    """The appeal with its author. Who looked, and why, is kept with it. NoReason without a reason."""
    if not reason.strip():
        raise NoReason("say why you need to see who wrote this: the reason is kept")
    row = tx.run(select(appeal).where(appeal.c.id == name)).one()
    audit.record(tx, [audit.note(tx, "appeal.unmasked", name, by, reason=reason.strip()[:500])])
    return cases.open_appeal(tx, row)


def forget(store: Store, name: str, by: str) -> dict[str, int]:
    """Removes everything personal of one appeal; ids, states, times and topics stay. Blobs removed per kind.

    What was not sent yet is cancelled, what is owed is excused by name. OnItsWay when a delivery is being sent.
    """
    with store.write() as tx:
        row = tx.run(select(appeal).where(appeal.c.id == name)).one()
        cases.lock(tx, [row.case_id])
        _stop_deliveries(tx, name, by)
        removed = _remove(tx, row)
        audit.record(tx, [audit.note(tx, "appeal.forgotten", name, by, None, **removed)])
    store.checkpoint()  # SQLite: the old pages leave the log as well
    return removed


def _stop_deliveries(tx: Tx, name: str, by: str) -> None:
    mine = delivery.c.appeal_id == name
    held = or_(delivery.c.state.in_(("sending", "unknown")), delivery.c.worker.is_not(None))
    if tx.run(select(delivery.c.id).where(mine, held).limit(1)).first():
        raise OnItsWay(f"a delivery of {name} is on its way: wait until it ended, or decide it at the desk")
    ready = delivery.c.state.in_(deliveries.BY_HAND["cancelled"])
    deliveries.decide_by_hand(tx, list(tx.run(select(delivery.c.id).where(mine, ready)).scalars()), "cancelled", by)
    owed = obligation.c.appeal_id == name, obligation.c.state == "owed"
    tx.run(update(obligation).where(*owed).values(state="excused", reason="forgotten"))


def _remove(tx: Tx, row: Any) -> dict[str, int]:
    alone = tx.run(select(appeal.c.id).where(
        appeal.c.case_id == row.case_id, appeal.c.id != row.id, appeal.c.body.is_not(None)
    ).limit(1)).first() is None  # fmt: skip
    documents = _own_documents(row)
    answers = answer.c.case_id == row.case_id if alone else answer.c.id.is_(None)
    told = list(tx.run(select(answer.c.document_id).where(answers)).scalars())
    owners = [row.id, *tx.run(select(answer.c.id).where(answers)).scalars()]
    subjects = [row.id, *tx.run(select(document.c.id).where(documents)).scalars(), *told]
    subjects += tx.run(select(delivery.c.id).where(delivery.c.appeal_id == row.id)).scalars()
    counts = {
        "deliveries": _empty(tx, delivery, delivery.c.appeal_id == row.id, "plan", "progress", "detail"),
        "documents": _empty(tx, document, or_(documents, document.c.id.in_(told)), "body", "detail"),
        "answers": _empty(tx, answer, answers, "body"),
        "files": files.forget(tx, owners),
        "ratings": _empty(tx, rating, rating.c.appeal_id == row.id, "body"),
        "appeals": _empty(
            tx, appeal, appeal.c.id == row.id, "body", "features", "person", "phone", "email", "thread"
        ),
    }  # fmt: skip
    _end_documents(tx, documents)
    tx.run(update(desk_table).where(desk_table.c.subject.in_(subjects)).values(evidence=None, undo=None))
    tx.run(delete(candidate).where(candidate.c.appeal_id == row.id))
    return counts


def _own_documents(row: Any) -> ColumnElement[bool]:
    """Every revision of the appeal as it arrived, and what its author sent about it later."""
    same = (document.c.system == row.system) & (document.c.external_id == row.external_id)
    return or_(document.c.id == row.document_id, document.c.subject == row.id, same)


def _empty(tx: Tx, table: Any, which: ColumnElement[bool], *columns: str) -> int:
    return int(tx.run(update(table).where(which).values(dict.fromkeys(columns))).rowcount)


def _end_documents(tx: Tx, own: ColumnElement[bool]) -> None:
    """A revision that waits would bring everything back."""
    ended = update(document).where(own, document.c.state != "done")
    values = {"state": "done", "disposition": "forgotten", "worker": None}
    desk.close(tx, tx.run(ended.values(**values).returning(document.c.id)).scalars().all(), "forgotten", None)
