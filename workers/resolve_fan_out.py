"""An answer to many: ten residents first, then the rest; or a stop, and the recipient is asked to look again."""

from typing import Any

from sqlalchemy import select

from canonical.states import AssignmentState, CaseState, move
from ledger import cases, desk_list
from ledger.tables import answer, appeal, assignment, delivery, obligation
from ledger.tables import cases as case_table
from ledger.tables import desk as desk_table
from workers import privacy
from workers.pausing import let_run
from workers.replaced import is_replaced
from workers.resolve_effects import Effects, NotPossible, load_one, lock_case
from workers.telling import REACHED

FIRST = 10
#: Why an answer delivery waits for the decision on its whole fan-out.
WAITING_FOR = ("confirm_fan_out", "stopped")


def release(effects: Effects, item: Any, word: str) -> None:
    """The first confirmation lets ten go, the second the rest. What names another resident never goes so, and what a
    newer answer has replaced does not go at all."""
    told = load_one(effects.tx, answer, item.subject)
    lock_case(effects.tx, told.case_id)
    if told.stopped:
        effects.change(answer, told, stopped=False)
    _set_aside(effects, told)
    rows = find_held(effects, told.id)
    confirmed = item.reason == "confirm_rest"
    if confirmed and _is_same(item.decided_by, effects.by):
        raise NotPossible(
            f"{item.decided_by} has confirmed the first ten: the rest is confirmed by another person, who has seen them"
        )
    if rows and is_replaced(effects.tx, rows[0]):
        for row in rows:
            effects.cancel(row, "replaced")
        return
    for row in rows if confirmed else rows[:FIRST]:
        effects.release(row)
    left = 0 if confirmed else len(rows[FIRST:])
    if left:
        effects.stays_open = True
        effects.change(desk_table, item, reason="confirm_rest", evidence=str(left))
        effects.counts["answers wait for the second confirmation"] += left


def _is_same(one: str | None, other: str) -> bool:
    return one is not None and one.strip().casefold() == other.strip().casefold()


def find_held(effects: Effects, told: str) -> list[Any]:
    """Urgent ones first."""
    held = delivery.c.answer_id == told, delivery.c.intent == "answer", delivery.c.state == "held"
    query = select(delivery).where(*held, delivery.c.reason.in_(WAITING_FOR))
    return list(effects.tx.run(query.order_by(delivery.c.urgency, delivery.c.id)))


def _set_aside(effects: Effects, told: Any) -> None:
    """Each of those that would show one resident to another gets its own place on the desk."""
    tx, case = effects.tx, load_one(effects.tx, case_table, told.case_id)
    residents = cases.load_of_case(tx, appeal, [case.id]).get(case.id, [])
    leaks = privacy.find_leaks(tx, cases.open_answer(tx, told), residents)
    for row in find_held(effects, told.id):
        if row.appeal_id in leaks:
            effects.change(delivery, row, reason="names_another_resident")
            effects.ask("delivery", row.id, row.system, "names_another_resident", urgency=row.urgency)


def halt(effects: Effects, told: Any) -> None:
    """Whatever of this answer has not left waits for a person; it can be released again or stopped for good."""
    lock_case(effects.tx, told.case_id)
    unsent = delivery.c.answer_id == told.id, delivery.c.intent == "answer", delivery.c.state == "waiting"
    for row in effects.tx.run(select(delivery).where(*unsent)).all():
        effects.hold(row, "stopped")
    cases.change(effects.tx, answer, told.id, stopped=True)
    given = load_one(effects.tx, assignment, told.assignment_id)
    if not any(item.kind == "fan_out" for item in desk_list.find_open(effects.tx, [told.id])):
        effects.ask("fan_out", told.id, given.recipient, "stopped", str(len(find_held(effects, told.id))))


def stop(effects: Effects, item: Any, word: str) -> None:
    """Not sent for good. The case is open again and the recipient is asked for a better answer, if anybody waits."""
    told = load_one(effects.tx, answer, item.subject)
    case = lock_case(effects.tx, told.case_id)
    for row in find_held(effects, told.id):
        effects.cancel(row, word or "stopped")
        resident = load_one(effects.tx, appeal, row.appeal_id)
        if resident.state == "answered":
            effects.change(appeal, resident, state="open")
    effects.change(answer, told, stopped=True)
    if case.state == "closed" and not is_anybody_left(effects, case):
        return
    reopen_filing(effects, case, load_one(effects.tx, assignment, told.assignment_id), told.id)


def is_anybody_left(effects: Effects, case: Any) -> bool:
    rows = cases.load_of_case(effects.tx, appeal, [case.id]).get(case.id, [])
    return any(row.state in REACHED for row in rows)


def reopen_filing(effects: Effects, case: Any, given: Any, told: str) -> None:
    """The answer goes back to who gave it; without a way to say so, a person says it. A new one is owed to all, also to
    those whom this one had reached."""
    for row in cases.list_untold(effects.tx, case.id):  # what is still on its way was the old one
        effects.change(delivery, row, obligation_id=None)
    left = {row.id for row in cases.load_of_case(effects.tx, appeal, [case.id])[case.id] if row.state in REACHED}
    for debt in cases.load_of_case(effects.tx, obligation, [case.id]).get(case.id, []):
        if debt.state == "met" and debt.appeal_id in left:
            effects.change(obligation, debt, state="owed", delivery_id=None, met_at=None)
    if case.state != "in_work":
        effects.change(case_table, case, state=move(CaseState(case.state), CaseState.in_work).value)
        let_run(effects, case)
    if given.state != "in_work":
        effects.change(assignment, given, state=move(AssignmentState(given.state), AssignmentState.in_work).value)
    if effects.sends(given.recipient, "return"):
        effects.deliver(
            given.recipient, "return", subject=given.id, cause=told, case_id=case.id, appeal_id=case.appeal_id,
            assignment_id=given.id, answer_id=told, urgency=case.urgency,
        )  # fmt: skip
    else:
        effects.ask("reply", case.id, given.recipient, "no_way_to_return", told, case.urgency)
