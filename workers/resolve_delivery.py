"""A delivery that a person must look at: send it, give it up, or confirm that it arrived."""

from typing import Any

from sqlalchemy import select

from canonical.states import AssignmentState, CaseState, DeliveryState, move
from ledger import audit, cases, deliveries
from ledger.tables import assignment, delivery, obligation
from ledger.tables import cases as case_table
from workers.filing import FINAL
from workers.pausing import let_run
from workers.replaced import is_replaced
from workers.resolve_all import tell_waiting
from workers.resolve_effects import Effects, NotPossible, load_one, lock_case

V = DeliveryState
LIVE = ("planned", "sent", "registered", "in_work", "asking", "postponed", "answered", "declined")


def send(effects: Effects, item: Any, word: str) -> None:
    """Once more. What was refused before any call succeeded is rendered anew, with the mapping now active."""
    row = _load(effects, item)
    if row.intent == "answer" and row.cause == row.answer_id and is_replaced(effects.tx, row):
        raise NotPossible(f"a newer answer than that of {row.id} is on its way or was told; decide `cancel`")
    values: dict[str, Any] = {"state": move(V(row.state), V.waiting).value, "reason": None}
    effects.change(delivery, row, **values)
    fresh: dict[str, Any] = {"due_at": effects.tx.now, "lost": 0, "attempts": 0}
    if row.state == "refused" and row.progress is None:
        fresh["plan"] = None
    cases.change(effects.tx, delivery, row.id, **fresh)
    effects.counts[f"{row.intent} to be sent"] += 1


def cancel(effects: Effects, item: Any, word: str) -> None:
    """Never sent; what it was owed for is excused with this reason."""
    row = _load(effects, item)
    lock_case(effects.tx, row.case_id)
    give_up(effects, row, word or "cancelled_by_hand")


def give_up(effects: Effects, row: Any, reason: str) -> None:
    """Cancelled, with all that waits for it and what it was owed for."""
    effects.change(delivery, row, state=move(V(row.state), V.cancelled).value, reason=reason, worker=None)
    effects.counts[f"{row.intent} cancelled"] += 1
    effects.cancel_needing(row, reason)
    effects.close_about(row.id, "cancelled", "delivery")
    if row.intent == "answer" and row.obligation_id and not _has_other(effects, row):
        excuse(effects, load_one(effects.tx, obligation, row.obligation_id), reason)
    if row.intent == "forward":
        _unfile(effects, row)


def _has_other(effects: Effects, row: Any) -> bool:
    """Whether another answer may still meet the same obligation."""
    others = delivery.c.obligation_id == row.obligation_id, delivery.c.id != row.id
    alive = delivery.c.state.not_in(("delivered", "cancelled"))
    return effects.tx.run(select(delivery.c.id).where(*others, alive).limit(1)).first() is not None


def excuse(effects: Effects, debt: Any, reason: str) -> None:
    if debt.state == "owed":
        effects.change(obligation, debt, state="excused", reason=reason)
        effects.counts["answers excused"] += 1


def _unfile(effects: Effects, row: Any) -> None:
    """A case that no recipient has any more, or none that answers for it, is routed again, by a person."""
    given = load_one(effects.tx, assignment, row.assignment_id)
    if _was_filed(effects, given):
        return
    effects.change(assignment, given, state=move(AssignmentState(given.state), AssignmentState.withdrawn).value)
    others = cases.load_of_case(effects.tx, assignment, [row.case_id]).get(row.case_id, [])
    alive = [other for other in others if other.state in LIVE and other.id != given.id]
    case = lock_case(effects.tx, row.case_id)
    if case.state == "closed":
        return
    if not alive or (given.lead and case.answered_by != "all"):
        effects.change(case_table, case, state=move(CaseState(case.state), CaseState.triage).value)
        let_run(effects, case)
        effects.ask("triage", case.id, row.system, "not_filed", urgency=case.urgency)
    else:
        tell_waiting(effects, case)


def _was_filed(effects: Effects, given: Any) -> bool:
    """Only a second filing, which a person had asked for, is given up; or its recipient has done with it, so it
    arrived."""
    if given.state in (*FINAL, "redirected"):
        return True
    filed = delivery.c.assignment_id == given.id, delivery.c.intent == "forward", delivery.c.state == "delivered"
    newest = effects.tx.run(select(delivery.c.id).where(*filed).limit(1)).first()
    return newest is not None and given.state != "planned"


def confirm(effects: Effects, item: Any, word: str) -> None:
    """It arrived; `word`: the number it has there, which a filing needs to be followed."""
    row = _load(effects, item)
    move(V(row.state), V.delivered)
    number = word or row.number
    values = {"state": "delivered", "reason": "confirmed_by_hand", "number": number, "worker": None}
    cases.change(effects.tx, delivery, row.id, **values, done_at=effects.tx.now)
    deliveries.apply_receipts(effects.tx, [(row, number)])
    audit.record(effects.tx, [audit.note(effects.tx, "delivery.delivered", row.id, effects.by, reason="by_hand")])
    effects.counts[f"{row.intent} confirmed"] += 1
    effects.final = True


def send_again(effects: Effects, row: Any) -> Any:
    """A delivered one in its next generation, rendered by the mapping now active. The row it repeats."""
    if row.state != "delivered":
        raise NotPossible(f"delivery {row.id} is {row.state}, not delivered: decide it at the desk")
    lock_case(effects.tx, row.case_id)
    same = ("subject", "cause", "case_id", "appeal_id", "assignment_id", "answer_id", "obligation_id", "needs",
            "urgency", "order_key")  # fmt: skip
    effects.deliver(row.system, row.intent, **{name: row._mapping[name] for name in same})
    return row


def _load(effects: Effects, item: Any) -> Any:
    row = load_one(effects.tx, delivery, item.subject)
    # A delivery that a worker is about to send cannot be taken from it; one that it only asks about can.
    if row.worker is not None and row.state != "unknown":
        raise NotPossible(f"delivery {row.id} is being sent right now; look again in a minute")
    return row
