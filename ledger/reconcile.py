"""Everything is accounted for (promise 10): in = out, or the reason why not yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Select, and_, exists, func, not_, or_, select

from ledger import files
from ledger.store import Tx
from ledger.tables import answer, appeal, assignment, attachment, cases, delivery, desk, document, file, obligation

_ON_DESK = exists(select(1).where(desk.c.subject == delivery.c.id, desk.c.open.is_(True)))
_DOCUMENT_ON_DESK = exists(select(1).where(desk.c.subject == document.c.id, desk.c.open.is_(True)))

_NEEDED = delivery.alias("needed")


def _holes() -> dict[str, Select[Any]]:
    """Per promise a query for the rows that break it. All must be empty."""
    answers = and_(delivery.c.obligation_id == obligation.c.id, delivery.c.intent == "answer")
    open_answer = exists(select(1).where(answers, delivery.c.state.not_in(("delivered", "cancelled"))))
    told = exists(select(1).where(answers, delivery.c.state == "delivered"))
    answered = exists(select(1).where(cases.c.id == obligation.c.case_id, cases.c.state.in_(("answered", "closed"))))
    return {
        "documents done without a disposition": select(document.c.id).where(
            document.c.state == "done", document.c.disposition.is_(None)
        ),
        "quarantined documents that nobody sees": select(document.c.id).where(
            document.c.state == "quarantined", not_(_DOCUMENT_ON_DESK)
        ),
        "parts of conversations that are in no appeal": select(document.c.id).where(
            document.c.disposition == "part", not_(exists(select(1).where(appeal.c.id == document.c.subject)))
        ),
        "appeals of no case": select(appeal.c.id).where(
            not_(exists(select(1).where(cases.c.id == appeal.c.case_id)))
        ),
        "appeals nobody owes an answer": select(appeal.c.id).where(
            not_(exists(select(1).where(obligation.c.appeal_id == appeal.c.id)))
        ),
        "routed cases without an assignment": select(cases.c.id).where(
            # One that was closed in triage, with a reason, never got any.
            cases.c.state.not_in(("triage", "closed")),
            not_(exists(select(1).where(assignment.c.case_id == cases.c.id))),
        ),
        "assignments that were never filed": select(assignment.c.id).where(
            not_(exists(select(1).where(delivery.c.assignment_id == assignment.c.id, delivery.c.intent == "forward")))
        ),
        "obligations met without a delivered answer": select(obligation.c.id).where(
            obligation.c.state == "met", not_(told)
        ),
        "obligations excused without a reason": select(obligation.c.id).where(
            obligation.c.state == "excused", obligation.c.reason.is_(None)
        ),
        "answered or closed cases whose residents wait for nothing": select(obligation.c.id).where(
            obligation.c.state == "owed", answered, not_(open_answer)
        ),
        "deliveries that nobody will send": select(delivery.c.id).where(
            delivery.c.state.in_(("held", "refused")), not_(or_(_ON_DESK, _held_by_answer()))
        ),
        "deliveries that wait for one that was given up": select(delivery.c.id).where(
            delivery.c.state == "waiting",
            exists(select(1).where(_NEEDED.c.id == delivery.c.needs, _NEEDED.c.state == "cancelled")),
        ),
        "files that could not be had and nobody was asked": select(attachment.c.id).where(
            attachment.c.state == "refused", attachment.c.reason.not_in(files.TOLD_ONLY),
            not_(exists(select(1).where(desk.c.subject == attachment.c.id))),
        ),
        "stored files of no known content": select(attachment.c.id).where(
            attachment.c.state == "stored",
            or_(attachment.c.digest.is_not(None), attachment.c.body.is_not(None)),  # else its time was over
            not_(exists(select(1).where(file.c.digest == attachment.c.digest)))
        ),
        "files of nothing": select(attachment.c.id).where(
            attachment.c.reason.is_distinct_from("forgotten"), not_(_has_owner())
        ),
    }  # fmt: skip


def _has_owner() -> Any:
    owned = (exists(select(1).where(table.c.id == attachment.c.owner)) for table in (appeal, answer))
    return or_(*owned)


def _held_by_answer() -> Any:
    return exists(select(1).where(desk.c.subject == delivery.c.answer_id, desk.c.open.is_(True)))


@dataclass(frozen=True)
class Verdict:
    """`holes`: promise → number of rows that break it, and up to five of their ids."""

    counts: Mapping[str, Mapping[str, int]]
    holes: Mapping[str, tuple[int, list[str]]] = field(default_factory=dict)

    def add(self, promise: str, broken: list[str]) -> "Verdict":
        """With what was found outside of the ledger."""
        return replace(self, holes={**self.holes, promise: (len(broken), broken[:5])}) if broken else self

    @property
    def whole(self) -> bool:
        return not self.holes


def reconcile(tx: Tx) -> Verdict:
    holes = {}
    for promise, query in _holes().items():
        number = tx.run(select(func.count()).select_from(query.subquery())).scalar_one()
        if number:
            holes[promise] = (number, list(tx.run(query.limit(5)).scalars()))
    counts = {name: count_states(tx, table) for name, table in TABLES.items()}
    return Verdict(counts | {"files": files.count_states(tx)}, holes)


TABLES = {
    "documents": document, "appeals": appeal, "cases": cases, "assignments": assignment,
    "obligations": obligation, "deliveries": delivery,
}  # fmt: skip


def count_states(tx: Tx, table: Any) -> dict[str, int]:
    rows = tx.run(select(table.c.state, func.count()).group_by(table.c.state).order_by(table.c.state))
    return {row[0]: row[1] for row in rows}
