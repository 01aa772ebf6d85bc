"""Undoing a decision: rows become what they were, what was not sent is not sent, what was sent is mended."""

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import and_, exists, or_, select, update

from canonical.states import AssignmentState, CaseState
from ledger import cases, desk_list
from ledger.store import Tx
from ledger.tables import answer, appeal, assignment, delivery, metadata, obligation
from ledger.tables import cases as case_table
from ledger.tables import desk as desk_table
from workers.filing import FINAL
from workers.informing import Filed, catch_up, find_replies, tell_replies
from workers.progress import CASE_OF
from workers.resolve_effects import UNSENT, Effects, NotPossible, load_one
from workers.resolve_join import find_answer, recount, take_back
from workers.telling import REACHED
from workers.untold import leave_untold

#: Columns that must still be as the decision left them; others may have gone on and then stay.
STRICT = {("cases", "state"), ("appeal", "case_id"), ("document", "state")}


def undo_item(tx: Tx, sends: Callable[[str, str], bool], by: str, item: Any) -> Effects:
    """Puts everything right and the item back on the desk; what it did is in the effects' counts."""
    previous, record = desk_list.take_record(item)
    if record is None:
        raise NotPossible(f"{item.decision!r} on {item.id} cannot be undone: it started work that has gone on")
    effects = Effects(tx, sends, by)
    _lock_cases(tx, record)
    _check(tx, record)
    sent = _cancel_made(effects, record["made"])
    for table, name, before, after in reversed(record["changed"]):
        _restore(effects, table, name, before, after)
    if record["moved"]:
        sent += _stop_news(effects, record["moved"], record["made"])
        _part(effects, record["moved"])
    filed = {row.id for row in sent if row.intent == "forward"}
    for row in sent:
        if row.needs not in filed:  # who is told to forget the filing need not be told of each resident
            _mend(effects, row)
    if record["moved"]:
        _tell_missed(effects, record["moved"])
    else:
        _show_unheard(effects, record["changed"], item.closed_at or 0)
    _close_asked(effects, record["asked"])
    desk_list.reopen(tx, item.id, previous)
    return effects


def _lock_cases(tx: Tx, record: Any) -> None:
    moved = record["moved"]
    named = [name for table, name, _, _ in record["changed"] if table == "cases"]
    cases.lock(tx, [*named, *([moved["from"], moved["to"]] if moved else [])])


def _check(tx: Tx, record: Any) -> None:
    last = {(table, name, key): value for table, name, _, after in record["changed"] for key, value in after.items()}
    for (table, name, key), expected in last.items():
        if (table, key) in STRICT:
            now = getattr(load_one(tx, metadata.tables[table], name), key)
            if now != expected:
                said = f"{table} {name} went on since: its {key} is {now}, not {expected}"
                raise NotPossible(f"{said}; undo the later decision first")


def _cancel_made(effects: Effects, made: list[str]) -> list[Any]:
    """What has left already."""
    left = []
    # A filing last: the replies that went with it were told to others before, and nobody needs to pass them on.
    for row in sorted(cases.load(effects.tx, delivery, made).values(), key=lambda row: row.intent == "forward"):
        if row.state != "cancelled" and not effects.cancel(row, "undone"):
            left.append(row)
        elif row.intent == "forward":
            effects.cancel_needing(row, "undone")
    return left


def _restore(effects: Effects, table: str, name: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    target = metadata.tables[table]
    row = load_one(effects.tx, target, name)
    if table == "delivery" and "state" in after:
        return _restore_delivery(effects, row, before, after)
    same = {key: value for key, value in before.items() if getattr(row, key) == after[key]}
    if same:
        cases.change(effects.tx, target, name, **same)
    if same and table == "delivery" and row.state == "delivered":
        _meet(effects.tx, row, before["obligation_id"])
    return None


def _meet(tx: Tx, row: Any, debt: str | None) -> None:
    """It arrived while it met nothing."""
    owed = obligation.c.id == debt, obligation.c.state == "owed"
    tx.run(update(obligation).where(*owed).values(state="met", delivery_id=row.id, met_at=row.done_at))


def _restore_delivery(effects: Effects, row: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Only what is still where the decision left it."""
    still = delivery.c.id == row.id, delivery.c.state == after["state"], delivery.c.worker.is_(None)
    done = effects.tx.run(update(delivery).where(*still).values(**before, due_at=effects.tx.now)).rowcount
    effects.counts[f"{row.intent} {'restored' if done else 'had gone already'}"] += 1


def _stop_news(effects: Effects, moved: dict[str, Any], made: list[str]) -> list[Any]:
    """What the case's recipients got or would get of the residents who leave it, besides what the join itself `made`:
    the next one after «not ours» is told of all. What has left already."""
    news = delivery.c.intent.in_(("join", "supplement")), delivery.c.state != "cancelled", delivery.c.id.not_in(made)
    theirs = delivery.c.case_id == moved["to"], delivery.c.appeal_id.in_(list(moved["appeals"]))
    rows = effects.tx.run(select(delivery).where(*theirs, *news)).all()
    return [row for row in rows if not effects.cancel(row, "undone")]


def _part(effects: Effects, moved: dict[str, Any]) -> None:
    """Each case keeps the answers to its own filings; what was said to residents of the other does not count there."""
    tx, states = effects.tx, dict(moved["appeals"])
    own = _take_own_answers(effects, moved)
    foreign = delivery.c.answer_id.in_(select(answer.c.id).where(answer.c.case_id == moved["to"]))
    theirs = delivery.c.appeal_id.in_(list(states))
    wrong = or_(and_(theirs, foreign), and_(~theirs, delivery.c.answer_id.in_(own)))
    for row in tx.run(select(delivery).where(delivery.c.case_id == moved["to"], wrong)).all():
        states.setdefault(row.appeal_id, "open")
        if row.state in UNSENT:
            effects.cancel(row, "undone")
        if row.state != "cancelled" and row.intent == "answer":
            met = obligation.c.id == row.obligation_id, obligation.c.delivery_id == row.id
            tx.run(update(obligation).where(*met).values(state="owed", delivery_id=None, met_at=None))
    tx.run(update(delivery).where(theirs, delivery.c.answer_id.in_(own)).values(case_id=moved["from"]))
    replied = delivery.c.case_id == moved["to"], theirs, delivery.c.intent == "supplement"
    tx.run(update(delivery).where(*replied).values(case_id=moved["from"]))
    for name, state in states.items():
        unanswered = appeal.c.id == name, appeal.c.state == "answered", ~_HAS_ANSWER
        tx.run(update(appeal).where(*unanswered).values(state=state))
    _take_states(tx, moved)
    recount(tx, moved["from"], moved["to"])
    effects.counts["appeals moved back"] += len(moved["appeals"])


#: Whether an answer of its own case is on its way to a resident or arrived.
_HAS_ANSWER = exists(
    select(1).where(delivery.c.appeal_id == appeal.c.id, delivery.c.intent == "answer",
                    delivery.c.state != "cancelled", answer.c.id == delivery.c.answer_id,
                    answer.c.case_id == appeal.c.case_id)
)  # fmt: skip


def _take_own_answers(effects: Effects, moved: dict[str, Any]) -> list[str]:
    """Answers that came meanwhile to filings of the case that is itself again."""
    filed = assignment.join(case_table, case_table.c.id == assignment.c.case_id)
    home = filed.join(appeal, appeal.c.id == case_table.c.appeal_id)
    back = select(assignment.c.id).select_from(home).where(appeal.c.case_id == moved["from"])
    own = answer.c.case_id == moved["to"], answer.c.assignment_id.in_(back)
    return list(
        effects.tx.run(update(answer).where(*own).values(case_id=moved["from"]).returning(answer.c.id)).scalars()
    )


def _take_states(tx: Tx, moved: dict[str, Any]) -> None:
    """What was heard while they were one made one case answered: it is the other one that is."""
    rows = cases.load(tx, case_table, [moved["from"], moved["to"]])
    source, target = rows[moved["from"]], rows[moved["to"]]
    for row in (source, target):
        if row.state != "closed" and not _has_residents(tx, row.id):  # who was left was forgotten meanwhile
            cases.change(tx, case_table, row.id, state="closed", paused_at=None)
            return
    if source.state != "closed" and (told := find_answer(tx, source)) and told.state in FINAL:
        cases.change(tx, case_table, source.id, state="answered")
    if target.state == "answered" and find_answer(tx, target) is None:
        lead = next((g for g in cases.load_of_case(tx, assignment, [target.id]).get(target.id, []) if g.lead), None)
        state = CASE_OF.get(AssignmentState(lead.state), CaseState.routed) if lead else CaseState.triage
        cases.change(tx, case_table, target.id, state=state.value)


def _has_residents(tx: Tx, name: str) -> bool:
    return any(row.state in REACHED for row in cases.load_of_case(tx, appeal, [name]).get(name, []))


def _mend(effects: Effects, row: Any) -> None:
    """A delivery of the undone decision that has left."""
    if row.intent == "withdraw":
        _file_again(effects, row)
    elif row.intent == "forward" and effects.sends(row.system, "withdraw"):
        take_back(effects, load_one(effects.tx, assignment, row.assignment_id), row, "undone")
    elif row.intent in ("forward", "join"):
        effects.ask("withdrawal", row.case_id, row.system, f"{row.intent}_was_sent", row.number or "")


def _file_again(effects: Effects, withdrawal: Any) -> None:
    given = load_one(effects.tx, assignment, withdrawal.assignment_id)
    effects.change(assignment, given, state="planned", number=None)
    forward = effects.deliver(
        given.recipient, "forward", subject=given.id, cause=given.case_id, case_id=given.case_id,
        appeal_id=withdrawal.appeal_id, assignment_id=given.id, urgency=withdrawal.urgency,
    )  # fmt: skip
    filed = Filed(given.case_id, given.recipient, given.id, forward)
    catch_up(effects, effects.sends, filed, load_one(effects.tx, appeal, withdrawal.appeal_id))


def _show_unheard(effects: Effects, changed: list[Any], since: int) -> None:
    """Answers that came while this decision had closed their case: then nobody was left to hear them."""
    closed = [name for table, name, before, after in changed if table == "cases" and after.get("state") == "closed"]
    filed = answer.join(assignment, assignment.c.id == answer.c.assignment_id)
    unheard = answer.c.case_id.in_(closed), answer.c.speaks.is_(False), answer.c.heard_at >= since
    query = select(answer.c.id, assignment.c.recipient).select_from(filed).where(*unheard, answer.c.state.in_(FINAL))
    for row in effects.tx.run(query.order_by(answer.c.id)) if closed else ():
        effects.ask_once("late_answer", row.id, row.recipient, "closed_meanwhile")


def _tell_missed(effects: Effects, moved: dict[str, Any]) -> None:
    """What residents replied and changed while their case was joined away was told to the recipients of the other case
    alone."""
    for recipient, name, forward in cases.find_forwards(effects.tx, moved["from"]):
        filed = Filed(moved["from"], recipient, name, forward)
        tell_replies(effects, effects.sends, filed, find_replies(effects.tx, [filed.case_id], moved["appeals"], name))
        if forward not in effects.made:  # a filing made anew tells of each appeal as it is now
            _tell_edits(effects, filed, moved["appeals"])


def _tell_edits(effects: Effects, filed: Filed, appeals: Collection[str]) -> None:
    """Of each appeal that was changed since it was filed, and this recipient was not told so: as it is now."""
    query = select(delivery).where(
        delivery.c.case_id == filed.case_id, delivery.c.intent == "supplement", delivery.c.answer_id.is_(None),
        delivery.c.appeal_id.in_(list(appeals)), delivery.c.id > filed.forward,
    )  # fmt: skip
    told = effects.tx.run(query.order_by(delivery.c.id)).all()
    for newest in {row.appeal_id: row for row in told}.values():
        same = [row for row in told if (row.appeal_id, row.cause) == (newest.appeal_id, newest.cause)]
        if filed.assignment_id in {row.assignment_id for row in same}:
            continue
        if effects.sends(filed.recipient, "supplement"):
            effects.deliver(
                filed.recipient, "supplement", subject=newest.appeal_id, cause=f"{newest.cause}/{filed.assignment_id}",
                case_id=filed.case_id, appeal_id=newest.appeal_id, assignment_id=filed.assignment_id,
                needs=filed.forward, urgency=newest.urgency,
            )  # fmt: skip
        else:
            leave_untold(
                effects, filed.recipient, "supplement", filed.case_id, newest.appeal_id, newest.urgency, news=True
            )  # fmt: skip


def _close_asked(effects: Effects, asked: list[str]) -> None:
    values = {"open": False, "closed_at": effects.tx.now, "decision": "undone", "decided_by": effects.by}
    still = desk_table.c.id.in_(asked), desk_table.c.open.is_(True)
    effects.tx.run(update(desk_table).where(*still).values(**values))
