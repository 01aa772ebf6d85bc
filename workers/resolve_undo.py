"""Undoing a decision: rows become what they were, what was not sent is not sent, what was sent is mended."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update

from ledger import cases, desk_list
from ledger.store import Tx
from ledger.tables import answer, appeal, assignment, delivery, metadata, obligation
from ledger.tables import desk as desk_table
from workers.resolve_effects import UNSENT, Effects, NotPossible, load_one
from workers.resolve_join import recount, take_back

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
        _part(effects, record["moved"])
    for row in sent:
        _mend(effects, row)
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
    rows = cases.load(effects.tx, delivery, made).values()
    return [row for row in rows if row.state != "cancelled" and not effects.cancel(row, "undone")]


def _restore(effects: Effects, table: str, name: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    target = metadata.tables[table]
    row = load_one(effects.tx, target, name)
    if table == "delivery":
        return _restore_delivery(effects, row, before, after)
    same = {key: value for key, value in before.items() if getattr(row, key) == after[key]}
    if same:
        cases.change(effects.tx, target, name, **same)
    return None


def _restore_delivery(effects: Effects, row: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Only what is still where the decision left it."""
    still = delivery.c.id == row.id, delivery.c.state == after["state"], delivery.c.worker.is_(None)
    done = effects.tx.run(update(delivery).where(*still).values(**before, due_at=effects.tx.now)).rowcount
    effects.counts[f"{row.intent} {'restored' if done else 'had gone already'}"] += 1


def _part(effects: Effects, moved: dict[str, Any]) -> None:
    """Answers of the case that they left are not theirs: unsent ones stay here, sent ones do not count."""
    tx, names = effects.tx, list(moved["appeals"])
    foreign = select(answer.c.id).where(answer.c.case_id == moved["to"])
    wrong = delivery.c.appeal_id.in_(names), delivery.c.case_id == moved["to"], delivery.c.answer_id.in_(foreign)
    for row in tx.run(select(delivery).where(*wrong)).all():
        if row.state in UNSENT:
            effects.cancel(row, "undone")
        if row.state != "cancelled" and row.intent == "answer":
            met = obligation.c.id == row.obligation_id, obligation.c.delivery_id == row.id
            tx.run(update(obligation).where(*met).values(state="owed", delivery_id=None, met_at=None))
    for name, state in moved["appeals"].items():
        tx.run(update(appeal).where(appeal.c.id == name, appeal.c.state == "answered").values(state=state))
    recount(tx, moved["from"], moved["to"])
    effects.counts["appeals moved back"] += len(names)


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
    effects.deliver(
        given.recipient, "forward", subject=given.id, cause=given.case_id, case_id=given.case_id,
        appeal_id=withdrawal.appeal_id, assignment_id=given.id, urgency=withdrawal.urgency,
    )  # fmt: skip


def _close_asked(effects: Effects, asked: list[str]) -> None:
    values = {"open": False, "closed_at": effects.tx.now, "decision": "undone", "decided_by": effects.by}
    still = desk_table.c.id.in_(asked), desk_table.c.open.is_(True)
    effects.tx.run(update(desk_table).where(*still).values(**values))
