"""Everything one decision batch will write, collected first and written together (promise 3)."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Table

from canonical.appeal import URGENCY_RANK, Urgency
from canonical.ids import make_id
from ledger import audit, candidates, cases, deliveries, desk_list, files
from ledger.documents import Ending
from ledger.store import Tx
from ledger.tables import answer, appeal, assignment, desk, obligation
from ledger.tables import cases as case_table


@dataclass
class Draft:
    tx: Tx
    config: str
    appeals: list[dict[str, Any]] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)
    assignments: list[dict[str, Any]] = field(default_factory=list)
    obligations: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    candidates: list[tuple[int, str]] = field(default_factory=list)
    joins: list[tuple[str, int | None]] = field(default_factory=list)
    desk: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    changes: list[tuple[Table, str, dict[str, Any]]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    wakes: set[str] = field(default_factory=set)

    def deliver(self, system: str, intent: str, **columns: Any) -> str:
        row = deliveries.make_row(self.tx, system, intent, config=self.config, **columns)
        self.deliveries.append(row)
        self.wakes.add(f"deliver:{system}")
        return str(row["id"])

    def note(self, kind: str, subject: str, **detail: Any) -> None:
        self.notes.append(audit.note(self.tx, kind, subject, config=self.config, **detail))

    def ask_person(
        self, kind: str, subject: str, system: str, reason: str, evidence: str = "", urgency: int = 2
    ) -> None:
        self.desk.append({
            "id": make_id("q"), "kind": kind, "subject": subject, "system": system, "reason": reason,
            "evidence": evidence, "urgency": urgency, "opened_at": self.tx.now, "open": True,
        })  # fmt: skip

    def ask_once(self, kind: str, subject: str, system: str, reason: str, evidence: str = "", urgency: int = 2) -> None:
        """Not while the same waits already."""
        same = {"kind": kind, "subject": subject, "system": system, "reason": reason}
        if not any(same.items() <= row.items() for row in self.desk) and not desk_list.is_asked(self.tx, **same):
            self.ask_person(kind, subject, system, reason, evidence, urgency)

    def suggest(self, case_id: str, system: str, evidence: dict[str, Any], urgency: int) -> None:
        """Perhaps the same problem: a person joins them or keeps them apart."""
        self.ask_person("suggestion", case_id, system, "may_be_same", orjson.dumps(evidence).decode(), urgency)

    def change(self, table: Table, name: str, **values: Any) -> None:
        self.changes.append((table, name, values))

    def end(self, document: str, disposition: str, subject: str | None = None) -> None:
        self.endings.append(Ending(document, "done", disposition, subject))

    def quarantine(self, document: str, reason: str, detail: str) -> None:
        self.endings.append(Ending(document, "quarantined", None, None, reason, detail))

    def write(self) -> None:
        """Writes what was collected and begins anew; endings and wake-ups stay until the transaction's end."""
        tx = self.tx
        for table, rows in (
            (case_table, self.cases), (appeal, self.appeals), (assignment, self.assignments),
            (obligation, self.obligations), (answer, self.answers), (desk, self.desk),
        ):  # fmt: skip
            cases.insert(tx, table, rows)
        files.add(tx, self.attachments)
        deliveries.add(tx, self.deliveries)
        cases.count_joined(tx, self.joins)
        candidates.add(tx, self.candidates)
        cases.change_all(tx, self.changes)
        audit.record(tx, self.notes)
        for written in (
            self.cases, self.appeals, self.assignments, self.obligations, self.answers, self.desk, self.deliveries,
            self.joins, self.candidates, self.changes, self.notes, self.attachments,
        ):  # fmt: skip
            written.clear()


def rank(urgency: Urgency) -> int:
    return URGENCY_RANK[urgency]
