"""The whole life of one appeal: everything the ledger holds about its case, in order of time."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from ledger.store import Tx
from ledger.tables import (
    answer,
    appeal,
    assignment,
    attachment,
    cases,
    delivery,
    desk,
    document,
    obligation,
    occurrence,
)
from ledger.threads import FOLLOWS, WAITS


@dataclass(frozen=True)
class Moment:
    at: int  # ms
    what: str
    id: str
    detail: str


def find_case(tx: Tx, name: str) -> str | None:
    """The case of any id: appeal, case, document, delivery, assignment, answer, or a source's own number."""
    for table in (appeal, assignment, answer, delivery, obligation):
        row = tx.run(select(table.c.case_id).where(table.c.id == name)).scalar()
        if row:
            return str(row)
    owner = tx.run(select(attachment.c.owner).where(attachment.c.id == name)).scalar()
    if owner:
        return find_case(tx, owner)
    if tx.run(select(cases.c.id).where(cases.c.id == name)).scalar():
        return name
    subject = tx.run(select(document.c.subject).where(document.c.id == name)).scalar()
    if subject and subject != name:
        return find_case(tx, subject)
    by_number = select(appeal.c.case_id).where(appeal.c.external_id == name)
    filed = select(assignment.c.case_id).where(assignment.c.number == name)
    part = document.c.external_id == name, document.c.disposition == FOLLOWS
    of_whole = select(appeal.c.case_id).join(document, document.c.subject == appeal.c.id).where(*part)
    found: str | None = next((case for query in (by_number, filed, of_whole) if (case := tx.run(query).scalar())), None)
    return found


def tell(tx: Tx, case_id: str) -> list[Moment]:
    """Moments of the case and of all that belongs to it. No personal data: ids, states, systems."""
    moments: list[Moment] = []
    case = tx.run(select(cases).where(cases.c.id == case_id)).one()
    text = f"{case.state}, {case.appeals} appeal(s), rule {case.rule or '-'}, reopened {case.reopened}"
    moments.append(Moment(case.opened_at, "case opened", case.id, text))
    ids = {case_id}
    for row in tx.run(select(appeal).where(appeal.c.case_id == case_id)):
        how = f"joined as {row.join_kind}" if row.join_kind else "opened the case"
        how += ", deleted by its author" if row.deleted else ""
        moments.append(Moment(row.received_at, "appeal", row.id, f"{row.system} {row.external_id}: {row.state}, {how}"))
        ids |= {row.id, row.document_id}
    moments += _tell_filings(tx, case_id, ids)
    moments += _tell_files(tx, ids)
    query = select(document).where(or_(document.c.subject.in_(ids), document.c.id.in_(ids)))
    for row in tx.run(query):
        moments.append(_tell_one(row))
        ids.add(row.id)
    for row in tx.run(select(desk).where(desk.c.subject.in_(ids))):
        moments.append(Moment(row.opened_at, f"desk: {row.kind}", row.id, f"{row.reason}: {row.decision or 'open'}"))
    for row in tx.run(select(occurrence).where(occurrence.c.subject.in_(ids))):
        moments.append(Moment(row.at, row.kind, row.subject, row.detail or ""))
    return sorted(moments, key=lambda moment: moment.at)


def tell_document(tx: Tx, name: str) -> list[Moment]:
    """A document, by its own or its source's id, that belongs to no case yet; empty when there is none."""
    named = or_(document.c.id == name, document.c.external_id == name)
    return [_tell_one(row) for row in tx.run(select(document).where(named).order_by(document.c.id))]


def _tell_one(row: Any) -> Moment:
    text = f"{row.system}/{row.kind} {row.external_id} rev {row.revision}: {row.disposition or row.state}"
    if row.state == "parked" and row.reason == WAITS:
        text += ", waits for the rest of its conversation"
    elif row.state == "quarantined":
        text += f", {row.reason}"
    text += f", {row.copies} redelivered" if row.copies else ""
    return Moment(row.received_at, "document", row.id, text)


def _tell_filings(tx: Tx, case_id: str, ids: set[str]) -> list[Moment]:
    moments = []
    for row in tx.run(select(assignment).where(assignment.c.case_id == case_id)):
        ids.add(row.id)
        text = f"{row.recipient}: {row.state}, their number {row.number or '-'}" + (", lead" if row.lead else "")
        moments.append(Moment(row.changed_at, "assignment", row.id, text))
    for row in tx.run(select(delivery).where(delivery.c.case_id == case_id)):
        ids.add(row.id)
        text = f"{row.intent} to {row.system}: {row.state}, attempt {row.attempts}"
        moments.append(Moment(row.created_at, "delivery", row.id, text + (f", {row.reason}" if row.reason else "")))
    for row in tx.run(select(answer).where(answer.c.case_id == case_id)):
        ids |= {row.id, row.document_id}
        moments.append(Moment(row.heard_at, "answer", row.id, f"{row.state} {row.outcome or ''}".strip()))
    for row in tx.run(select(obligation).where(obligation.c.case_id == case_id)):
        ids.add(row.id)
        text = f"owed through {row.system}: {row.state}" + (f", {row.reason}" if row.reason else "")
        moments.append(Moment(row.met_at or row.due_at or 0, "obligation", row.id, text))
    return moments


def _tell_files(tx: Tx, ids: set[str]) -> list[Moment]:
    moments = []
    for row in tx.run(select(attachment).where(attachment.c.owner.in_(ids)).order_by(attachment.c.id)).all():
        ids.add(row.id)
        text = f"of {row.owner}, from {row.system}: {row.state}, attempt {row.attempts}"
        text += f", {row.reason}" if row.reason else f", {row.media_type}, {row.size} bytes" if row.digest else ""
        text += ", late" if row.late else ""
        moments.append(Moment(row.created_at, "file", row.id, text + (", shareable" if row.shareable else "")))
    return moments
