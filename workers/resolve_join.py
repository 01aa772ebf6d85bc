"""Two cases are one problem after all: a person joins them. The appeals move; nobody is told twice or wrongly."""

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import func, select

from canonical.states import AppealState, AssignmentState, CaseState, move
from ledger import cases, desk_list
from ledger.store import Tx
from ledger.tables import answer, appeal, assignment, delivery, obligation
from ledger.tables import cases as case_table
from workers import privacy
from workers.informing import Filed, find_replies, tell_of_residents, tell_replies
from workers.pausing import let_run
from workers.resolve_effects import Effects, find_same, load_one
from workers.telling import REACHED, list_current, list_untold

#: What of the case that ends still goes out: it speaks to residents of what really happened to their appeals.
STILL_TRUE = frozenset({"notice", "answer", "ask_satisfaction"})
DONE = ("answered", "closed")


def join(effects: Effects, item: Any, word: str) -> None:
    """The suggestion's appeals stay together, in the case that got further."""
    told = orjson.loads(item.evidence or "{}")
    ids = {load_one(effects.tx, appeal, told.get(key)).case_id for key in ("appeal", "other")}
    if len(ids) == 2:
        source, target = choose(effects.tx, list(cases.lock(effects.tx, ids).values()))
        join_cases(effects, source, target)


def choose(tx: Tx, rows: list[Any]) -> tuple[Any, Any]:
    """(the case that ends, the case that goes on): the answered one goes on, else the filed one, else the older."""

    def progress(row: Any) -> tuple[bool, bool, bool, int]:
        answered = row.state in DONE and find_answer(tx, row) is not None
        dead = row.state == "closed" and not answered
        filed = delivery.c.case_id == row.id, delivery.c.intent == "forward", delivery.c.state == "delivered"
        return not dead, answered, tx.run(select(1).where(*filed).limit(1)).first() is not None, -row.opened_at

    source, target = sorted(rows, key=progress)
    return source, target


def find_answer(tx: Tx, row: Any) -> Any:
    """The last word of a case, unless it was stopped."""
    told = next(reversed(list_current(tx, row)), None)
    return None if told is None or told.stopped else told


def join_cases(effects: Effects, source: Any, target: Any) -> None:
    tx = effects.tx
    source, target = _set_clocks(effects, source, target)
    newcomers = cases.load_of_case(tx, appeal, [source.id]).get(source.id, [])
    residents = cases.load_of_case(tx, appeal, [target.id]).get(target.id, []) + newcomers
    _show_untold(effects, source, target)
    stop_filings(effects, source, f"joined:{target.id}")
    owed = _move(effects, source, target, newcomers)
    effects.close_about(source.id, "joined", "triage")
    _tell_recipients(effects, source, target, newcomers)
    for told in list_current(tx, target) if target.state in DONE else ():
        _answer(effects, target, told, newcomers, residents, owed)
    effects.moved = {"from": source.id, "to": target.id, "appeals": {row.id: row.state for row in newcomers}}
    effects.counts["appeals moved"] += len(newcomers)


def _set_clocks(effects: Effects, source: Any, target: Any) -> tuple[Any, Any]:
    """What stood still until now is counted in each case; from now on the target's question is the newcomers' too."""
    let_run(effects, source)
    if target.paused_at is not None:
        let_run(effects, target)
        effects.change(case_table, load_one(effects.tx, case_table, target.id), paused_at=effects.tx.now)
    return load_one(effects.tx, case_table, source.id), load_one(effects.tx, case_table, target.id)


def _show_untold(effects: Effects, source: Any, target: Any) -> None:
    """Answers that waited for those of others, which do not come any more: a person says whether they are told."""
    filed = {row.id: row for row in cases.load_of_case(effects.tx, assignment, [source.id]).get(source.id, [])}
    if source.answered_by != "all" or source.state in DONE:
        return
    states = {name: row.state for name, row in filed.items()}
    for word in list_untold(states, cases.list_answers(effects.tx, [source.id], filed)):
        effects.change(answer, word, case_id=target.id)
        recipient = filed[word.assignment_id].recipient
        effects.ask("late_answer", word.id, recipient, "joined_untold", urgency=source.urgency)


def stop_filings(effects: Effects, source: Any, cause: str) -> None:
    """What the recipients were not told yet, they will not be; what they were, is taken back."""
    rows = cases.load_of_case(effects.tx, delivery, [source.id]).get(source.id, [])
    stopped = {row.id for row in rows if row.intent not in STILL_TRUE and effects.cancel(row, cause)}
    gone = stopped | {
        row.needs for row in rows if row.intent == "withdraw" and row.state != "cancelled" and row.id not in stopped
    }
    forwards = [row for row in rows if row.intent == "forward" and row.id not in gone and row.state != "cancelled"]
    left = {row.assignment_id: row for row in forwards}
    for given in cases.load_of_case(effects.tx, assignment, [source.id]).get(source.id, []):
        if given.state in ("withdrawn", "redirected"):  # it is theirs no more
            continue
        if given.id not in left:
            _end(effects, given)
        elif effects.sends(given.recipient, "withdraw"):
            take_back(effects, given, left[given.id], cause)
        else:
            effects.ask("withdrawal", source.id, given.recipient, "no_way_to_withdraw", given.number or "")


def _end(effects: Effects, given: Any) -> None:
    if given.state != "withdrawn" and given.state not in ("answered", "declined", "redirected"):
        state = move(AssignmentState(given.state), AssignmentState.withdrawn)
        effects.change(assignment, given, state=state.value)


def take_back(effects: Effects, given: Any, forward: Any, cause: str) -> None:
    """The withdrawal waits for the filing, which may be on its way just now."""
    _end(effects, given)
    effects.deliver(
        given.recipient, "withdraw", subject=given.id, cause=cause, case_id=given.case_id,
        appeal_id=forward.appeal_id, assignment_id=given.id, needs=forward.id, urgency=forward.urgency,
    )  # fmt: skip


def _move(effects: Effects, source: Any, target: Any, newcomers: list[Any]) -> dict[str, Any]:
    """Obligations by appeal."""
    tx = effects.tx
    owed = {row.appeal_id: row for row in cases.load_of_case(tx, obligation, [source.id]).get(source.id, [])}
    for row in owed.values():
        effects.change(obligation, row, case_id=target.id)
    for row in newcomers:
        effects.change(appeal, row, case_id=target.id, join_kind="by_hand")
    due = min((row.due_at for row in (source, target) if row.due_at is not None), default=None)
    effects.change(case_table, target, due_at=due, urgency=min(source.urgency, target.urgency))
    effects.change(case_table, source, state=move(CaseState(source.state), CaseState.closed).value)
    recount(tx, source.id, target.id)
    return owed


def find_debts(tx: Tx, case_id: str, appeals: Collection[str]) -> list[Any]:
    """Obligations of a case towards these appeals."""
    return [row for row in cases.load_of_case(tx, obligation, [case_id]).get(case_id, []) if row.appeal_id in appeals]


def recount(tx: Tx, *names: str) -> None:
    for name in names:
        number = tx.run(select(func.count()).where(appeal.c.case_id == name)).scalar_one()
        cases.change(tx, case_table, name, appeals=number, changed_at=tx.now)


def _tell_recipients(effects: Effects, source: Any, target: Any, newcomers: list[Any]) -> None:
    replies = find_replies(effects.tx, [source.id], {row.id for row in newcomers})
    first = load_one(effects.tx, appeal, target.appeal_id)
    for recipient, assignment_id, forward in cases.find_forwards(effects.tx, target.id):
        filed = Filed(target.id, recipient, assignment_id, forward)
        tell_of_residents(effects, effects.sends, filed, first, newcomers)
        tell_replies(effects, effects.sends, filed, replies)


def _answer(
    effects: Effects, target: Any, told: Any, newcomers: list[Any], residents: list[Any], owed: dict[str, Any]
) -> None:
    """The newcomers get the answer that the others have; not what names another resident, not before a fan-out."""
    leaks = privacy.find_leaks(effects.tx, cases.open_answer(effects.tx, told), residents)
    asked = {item.kind for item in desk_list.find_open(effects.tx, [told.id])}
    for row in newcomers:
        debt = owed.get(row.id)
        if debt is None or debt.state != "owed" or row.state not in REACHED:
            continue
        reason = "no_way_back" if not effects.sends(row.system, "answer") else None
        reason = reason or ("names_another_resident" if row.id in leaks else None)
        reason = reason or ("confirm_fan_out" if "fan_out" in asked else None)
        answer_one(effects, target.id, told.id, row, debt, reason)


def answer_one(effects: Effects, case_id: str, told: str, row: Any, debt: Any, reason: str | None) -> None:
    """`debt`: the obligation that this answer meets; None when an earlier answer met it."""
    identity = {"subject": row.id, "system": row.system, "intent": "answer", "cause": told}
    before = find_same(effects.tx, identity)
    if before is not None and before.state == "delivered":  # joined, undone and joined again
        if debt is not None:
            effects.change(obligation, debt, state="met", delivery_id=before.id, met_at=effects.tx.now)
    else:
        made = effects.deliver(
            row.system, "answer", subject=row.id, cause=told, case_id=case_id, addressee=row.id, appeal_id=row.id,
            answer_id=told, obligation_id=debt.id if debt else None, urgency=row.urgency,
            state="held" if reason else "waiting", reason=reason,
        )  # fmt: skip
        if reason and reason != "confirm_fan_out":
            effects.ask("delivery", made, row.system, reason, urgency=row.urgency)
    effects.change(appeal, row, state=move(AppealState(row.state), AppealState.answered).value)
