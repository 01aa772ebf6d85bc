"""What one decision of a person changes, remembered so that it can be undone."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, select, update

from ledger import audit, cases, deliveries, desk_list
from ledger.store import Tx
from ledger.tables import delivery
from ledger.tables import desk as desk_table

#: Nothing of these has left, unless a worker has claimed them.
UNSENT = ("waiting", "held", "refused", "shadowed")


class NotPossible(ValueError):
    """The message says why not and what to do instead; no personal data."""


@dataclass
class Effects:
    """One decision. `sends(system, intent)`: whether the active mapping of a system can say this."""

    tx: Tx
    sends: Callable[[str, str], bool]
    by: str
    changed: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    moved: dict[str, Any] = field(default_factory=dict)  # of a join: appeals and the case they went to
    final: bool = False  # cannot be undone
    stays_open: bool = False  # the item waits for one more decision
    counts: Counter[str] = field(default_factory=Counter)

    def change(self, table: Table, row: Any, **values: Any) -> None:
        before = {name: getattr(row, name) for name in values}
        cases.change(self.tx, table, row.id, **values)
        self.changed.append((table.name, row.id, before, values))

    def cancel(self, row: Any, reason: str) -> bool:
        """False when it has left or is about to: a worker has it."""
        return self._turn(row, "cancelled", reason)

    def cancel_needing(self, row: Any, reason: str) -> None:
        """What waits for a filing that is not sent. A resident's reply among it is not lost: a person passes it on."""
        for waiting in self.tx.run(select(delivery).where(delivery.c.needs == row.id).order_by(delivery.c.id)).all():
            if self.cancel(waiting, reason) and waiting.intent == "supplement" and waiting.answer_id:
                about = waiting.system, "nobody_to_tell", waiting.answer_id, waiting.urgency
                self.ask("reply", waiting.case_id, *about)

    def hold(self, row: Any, reason: str) -> bool:
        return self._turn(row, "held", reason)

    def release(self, row: Any) -> bool:
        return self._turn(row, "waiting", None)

    def _turn(self, row: Any, to: str, reason: str | None) -> bool:
        still = delivery.c.id == row.id, delivery.c.state.in_(UNSENT), delivery.c.worker.is_(None)
        values = {"state": to, "reason": reason, "due_at": self.tx.now}
        if not self.tx.run(update(delivery).where(*still).values(**values)).rowcount:
            return False
        before = {"state": row.state, "reason": row.reason}
        self.changed.append(("delivery", row.id, before, {"state": to, "reason": reason}))
        self.counts[f"{row.intent} {'released' if to == 'waiting' else to}"] += 1
        if to != "held":
            self.close_about(row.id, to)
        return True

    def close_about(self, subject: str, decision: str, *kinds: str) -> None:
        """Other open items about this subject are settled by this decision too."""
        for item in desk_list.find_open(self.tx, [subject]):
            if not kinds or item.kind in kinds:
                self.change(desk_table, item, open=False, closed_at=self.tx.now, decision=decision, decided_by=self.by)

    def deliver(self, system: str, intent: str, **columns: Any) -> str:
        """A new delivery; the same one that was cancelled before it left is taken up again."""
        row = deliveries.make_row(self.tx, system, intent, **columns)
        before = find_same(self.tx, row)
        self.counts[f"{intent} {row['state'] if row['state'] != 'waiting' else 'to be sent'}"] += 1
        if before is not None and before.state == "cancelled" and before.plan is None:
            fresh = {name: row[name] for name in ("state", "reason", "due_at", "needs", "case_id", "order_key")}
            cases.change(self.tx, delivery, before.id, **fresh, obligation_id=row["obligation_id"], worker=None)
            self.made.append(before.id)
            return str(before.id)
        if before is not None:
            row["generation"] = before.generation + 1
        deliveries.add(self.tx, [row])
        self.made.append(row["id"])
        return str(row["id"])

    def ask(self, kind: str, subject: str, system: str, reason: str, evidence: str = "", urgency: int = 2) -> None:
        self.asked.append(desk_list.add(self.tx, kind, subject, system, reason, evidence, urgency))
        self.counts[f"asked: {reason}"] += 1

    def ask_once(self, kind: str, subject: str, system: str, reason: str, evidence: str = "", urgency: int = 2) -> None:
        """Not while the same waits already."""
        if not desk_list.is_asked(self.tx, kind, subject, system, reason):
            self.ask(kind, subject, system, reason, evidence, urgency)

    def note(self, kind: str, subject: str, **detail: Any) -> None:
        audit.record(self.tx, [audit.note(self.tx, kind, subject, self.by, **detail)])

    def dump(self) -> dict[str, Any] | None:
        """What `workers.resolve_undo` needs; ids, states and codes only."""
        if self.final:
            return None
        return {"changed": self.changed, "made": self.made, "asked": self.asked, "moved": self.moved}


def find_same(tx: Tx, row: dict[str, Any]) -> Any:
    """The latest generation of the same delivery."""
    same = [delivery.c[name] == row[name] for name in ("subject", "system", "intent", "cause")]
    return tx.run(select(delivery).where(*same).order_by(delivery.c.generation.desc()).limit(1)).first()


def load_one(tx: Tx, table: Table, name: str | None) -> Any:
    """The row; NotPossible when it is not there."""
    row = cases.load(tx, table, [name]).get(name or "")
    if row is None:
        raise NotPossible(f"{table.name} {name or '-'} is not in the ledger; look with `tsur trace`")
    return row


def lock_case(tx: Tx, name: str) -> Any:
    row = cases.lock(tx, [name]).get(name)
    if row is None:
        raise NotPossible(f"case {name} is not in the ledger; look with `tsur trace`")
    return row
