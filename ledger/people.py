"""Where a resident is in the ledger: found by what they told, looked at with a reason, removed (promise 11)."""

from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from canonical.appeal import Appeal
from ledger import audit, cases, desk, files
from ledger.store import Tx
from ledger.tables import answer, appeal, candidate, delivery, document, rating
from ledger.tables import desk as desk_table


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


def is_alone(tx: Tx, row: Any) -> bool:
    """Whether every other appeal of its case was forgotten before, or there never was one."""
    others = appeal.c.case_id == row.case_id, appeal.c.id != row.id, appeal.c.body.is_not(None)
    return tx.run(select(appeal.c.id).where(*others).limit(1)).first() is None


def remove(tx: Tx, row: Any) -> dict[str, int]:
    """Empties what belongs to this appeal alone; blobs removed per kind. See `workers.forgetting`."""
    documents = _own_documents(row)
    answers = answer.c.case_id == row.case_id if is_alone(tx, row) else answer.c.id.is_(None)
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
