"""Appeals, cases, assignments, obligations and answers. Whoever touches a case locks its row first, ids ascending."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, case, func, or_, select, update

from canonical.answer import Answer, Reference
from canonical.appeal import Appeal
from ledger.rows import among, change_rows
from ledger.rows import insert as insert
from ledger.store import Tx
from ledger.tables import OPEN_DELIVERY, answer, appeal, assignment, cases, delivery, obligation


def lock(tx: Tx, ids: Iterable[str]) -> dict[str, Any]:
    """Case rows by id, locked until the end of the transaction."""
    wanted = sorted(set(ids))
    query = select(cases).where(among(tx, cases.c.id, wanted)).order_by(cases.c.id).with_for_update()
    return {row.id: row for row in tx.run(query)} if wanted else {}


def change(tx: Tx, table: Table, name: str, **values: Any) -> None:
    tx.run(update(table).where(table.c.id == name).values(**values))


def change_all(tx: Tx, changes: Sequence[tuple[Table, str, dict[str, Any]]]) -> None:
    """Many changes with one statement per table and set of columns; of two changes of one value the later counts."""
    merged: dict[tuple[Table, str], dict[str, Any]] = {}
    for table, name, values in changes:
        merged.setdefault((table, name), {}).update(values)
    groups: dict[tuple[Table, tuple[str, ...]], list[dict[str, Any]]] = {}
    for (table, name), values in merged.items():
        groups.setdefault((table, tuple(sorted(values))), []).append({"id": name} | values)
    for (table, _), same in groups.items():
        change_rows(tx, table, sorted(same, key=lambda row: str(row["id"])))


_DUE = bindparam("due", type_=cases.c.due_at.type)
_JOINED = update(cases).where(cases.c.id == bindparam("the")).values(
    appeals=cases.c.appeals + 1, changed_at=bindparam("at"),
    due_at=case((cases.c.due_at > _DUE, _DUE), else_=func.coalesce(cases.c.due_at, _DUE)),
)  # fmt: skip


def count_joined(tx: Tx, joins: Sequence[tuple[str, int | None]]) -> None:
    """`(case, its earliest deadline)` per appeal that joined."""
    tx.run(_JOINED, [{"the": name, "at": tx.now, "due": due} for name, due in joins])


def find_appeals(tx: Tx, ids: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """Appeals we know by (system, external id)."""
    found = {}
    for system in sorted({system for system, _ in ids}):
        external = [name for of, name in ids if of == system]
        for row in tx.run(select(appeal).where(appeal.c.system == system, among(tx, appeal.c.external_id, external))):
            found[row.system, row.external_id] = row
    return found


def load(tx: Tx, table: Table, ids: Iterable[str | None]) -> dict[str, Any]:
    wanted = sorted({name for name in ids if name})
    return {row.id: row for row in tx.run(select(table).where(among(tx, table.c.id, wanted)))} if wanted else {}


def load_of_case(tx: Tx, table: Table, ids: Iterable[str]) -> dict[str, list[Any]]:
    """Rows of appeals, assignments, answers, obligations or deliveries by case, oldest first."""
    wanted, found = sorted(set(ids)), {}  # type: ignore[var-annotated]
    if wanted:
        for row in tx.run(select(table).where(among(tx, table.c.case_id, wanted)).order_by(table.c.id)):
            found.setdefault(row.case_id, []).append(row)
    return found


def seal_appeal(tx: Tx, name: str, content: Appeal) -> bytes:
    return tx.vault.seal("appeal", name, content.model_dump_json(exclude_defaults=True).encode())


def open_appeal(tx: Tx, row: Any) -> Appeal:
    if row.body is None:  # forgotten
        return Appeal(created_at=row.created_at / 1000)
    return Appeal.model_validate_json(tx.vault.open("appeal", row.id, row.body))


def seal_answer(tx: Tx, name: str, content: Answer) -> bytes:
    return tx.vault.seal("answer", name, content.model_dump_json(exclude_defaults=True).encode())


def open_answer(tx: Tx, row: Any) -> Answer:
    if row.body is None:  # forgotten
        return Answer(reference=Reference())
    return Answer.model_validate_json(tx.vault.open("answer", row.id, row.body))


_NEWEST_FORWARD = (
    select(delivery.c.appeal_id)
    .where(delivery.c.subject == assignment.c.id, delivery.c.system == assignment.c.recipient,
           delivery.c.intent == "forward", delivery.c.state != "cancelled")
    .order_by(delivery.c.id.desc()).limit(1).correlate(assignment).scalar_subquery()
)  # fmt: skip
#: The appeal that an assignment was filed for: the case's first, or the next one where that resident had gone.
_FILED_FOR = func.coalesce(_NEWEST_FORWARD, cases.c.appeal_id)


def find_firsts(tx: Tx, ids: Iterable[str]) -> dict[str, str]:
    """By assignment the appeal that it was filed for."""
    wanted = among(tx, assignment.c.id, sorted(set(ids)))
    filed = select(assignment.c.id, _FILED_FOR).join(cases, cases.c.id == assignment.c.case_id)
    return {row[0]: row[1] for row in tx.run(filed.where(wanted))}


def find_filings(tx: Tx, system: str, deliveries: Sequence[str], numbers: Sequence[str]) -> dict[str, Any]:
    """Assignments at this recipient by our delivery id and by its own number.

    Each with `first`, the appeal it was filed for, and `home`, the case in which the first of its case is now: another
    one than the filing's own `case_id` after a person joined the two; found by the delivery also `filed_by` and
    `filing`, its id and state.
    """
    found: dict[str, Any] = {}
    filed = assignment.join(cases, cases.c.id == assignment.c.case_id).join(appeal, appeal.c.id == cases.c.appeal_id)
    columns = (*assignment.c, _FILED_FOR.label("first"), appeal.c.case_id.label("home"))
    if deliveries:
        query = select(*columns, delivery.c.id.label("filed_by"), delivery.c.state.label("filing")).select_from(
            filed.join(delivery, delivery.c.assignment_id == assignment.c.id)
        )
        for row in tx.run(query.where(among(tx, delivery.c.id, deliveries), delivery.c.system == system)):
            found["delivery:" + row.filed_by] = row
    if numbers:
        known = assignment.c.recipient == system, among(tx, assignment.c.number, numbers)
        for row in tx.run(select(*columns).select_from(filed).where(*known)):
            found["number:" + row.number] = row
    return found


def find_forwards(tx: Tx, case_id: str) -> list[Any]:
    """Filings of a case that go on: rows (recipient, assignment_id, id of the newest forward), in order. Not those that
    were given up or taken back, nor of who sent the case on."""
    gone = assignment.c.state.in_(("redirected", "withdrawn"))
    filed = delivery.c.intent == "forward", delivery.c.state != "cancelled", delivery.c.case_id == case_id
    columns = assignment.c.recipient, delivery.c.assignment_id, func.max(delivery.c.id).label("id")
    query = select(*columns).join(assignment, assignment.c.id == delivery.c.assignment_id).where(*filed, ~gone)
    return list(
        tx.run(query.group_by(assignment.c.recipient, delivery.c.assignment_id).order_by(delivery.c.assignment_id))
    )


def find_to_follow(tx: Tx, system: str, before: int, limit: int) -> list[str]:
    """Numbers of filings that were not asked about since `before`; also answered ones: they may be reopened."""
    wanted = (
        assignment.c.recipient == system, assignment.c.number.is_not(None), assignment.c.state != "withdrawn",
        func.coalesce(assignment.c.followed_at, 0) < before,
    )  # fmt: skip
    due = select(assignment.c.id).where(*wanted).order_by(assignment.c.followed_at.nulls_first()).limit(limit)
    followed = update(assignment).where(assignment.c.id.in_(due)).values(followed_at=tx.now)
    return list(tx.run(followed.returning(assignment.c.number)).scalars())


def count_unanswered(tx: Tx) -> dict[str, int]:
    """Per recipient: how many of its assignments wait for its answer."""
    ended = ("answered", "declined", "redirected", "withdrawn")
    query = select(assignment.c.recipient, func.count()).where(assignment.c.state.not_in(ended))
    return {row[0]: row[1] for row in tx.run(query.group_by(assignment.c.recipient))}


UNTOLD = (*OPEN_DELIVERY, "held", "refused", "shadowed")
#: Residents who can be told; who took the appeal back, or was forgotten, is owed nothing.
REACHED = ("open", "answered")
_LEFT = select(appeal.c.id).where(appeal.c.case_id == bindparam("of"), appeal.c.state.in_(REACHED))
_OWED_AGAIN = update(obligation).where(
    obligation.c.case_id == bindparam("of"), obligation.c.state == "met", obligation.c.appeal_id.in_(_LEFT)
)  # fmt: skip
_MEETS_NOTHING = update(delivery).where(
    delivery.c.case_id == bindparam("of"), delivery.c.intent == "answer", delivery.c.state.in_(UNTOLD)
).values(obligation_id=None)  # fmt: skip


def owe_again(tx: Tx, case_ids: Iterable[str]) -> None:
    """A reopened case owes every resident who is left a new answer: what is still on its way was the old one."""
    rows = [{"of": name} for name in case_ids]
    # Deliveries first, as their worker does: what it has just met is seen then, what it meets later is nothing.
    tx.run(_MEETS_NOTHING, rows)
    tx.run(_OWED_AGAIN.values(state="owed", delivery_id=None, met_at=None), rows)


def list_untold(tx: Tx, case_id: str) -> list[Any]:
    """Answers of a case that have not arrived and would meet what is owed, locked until the end."""
    mine = delivery.c.case_id == case_id, delivery.c.intent == "answer", delivery.c.state.in_(UNTOLD)
    query = select(delivery).where(*mine, delivery.c.obligation_id.is_not(None)).order_by(delivery.c.id)
    return list(tx.run(query.with_for_update()))


def list_answers(tx: Tx, case_ids: Iterable[str], filings: Iterable[str]) -> list[Any]:
    """What was said to any of these cases or filings, oldest first."""
    of = or_(among(tx, answer.c.case_id, sorted(case_ids)), among(tx, answer.c.assignment_id, sorted(filings)))
    return list(tx.run(select(answer).where(of).order_by(answer.c.id)))
