"""A small town in a fresh ledger: cases with appeals, filings and answers, as the decide stage leaves them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import select

from canonical.answer import Answer, Reference
from canonical.appeal import Appeal
from canonical.applicant import Applicant
from canonical.document import Document
from canonical.ids import make_id
from ledger import cases, deliveries, desk_list, documents, lanes, reconcile
from ledger import tables as t
from ledger.store import Store, Tx

CHANNEL, RECIPIENT = "portal", "teplo"


@dataclass
class Town:
    store: Store

    def open_case(self, *people: str, text: str = "Нет отопления", filed: bool = False, routed: bool = True) -> str:
        """A case with one appeal per person; `filed`: its recipient has it already."""
        with self.store.write() as tx:
            lanes.ensure(tx, {CHANNEL: True, RECIPIENT: True})
            case, ids = make_id("c"), [make_id("a") for _ in people]
            self._insert_case(tx, case, ids[0], len(people), routed)
            for name, person in zip(ids, people, strict=True):
                self._insert_appeal(tx, case, name, person, text)
            if routed:
                self._assign(tx, case, ids[0], filed)
            return case

    def _insert_case(self, tx: Tx, case: str, first: str, number: int, routed: bool) -> None:
        row = {"id": case, "state": "routed" if routed else "triage", "appeal_id": first, "appeals": number,
               "urgency": 2, "reopened": 0, "opened_at": tx.now, "changed_at": tx.now, "due_at": tx.now + 10_000,
               "rule": "heating" if routed else None, "topic": "heating", "oktmo": "71952000"}  # fmt: skip
        cases.insert(tx, t.cases, [row])
        if not routed:
            desk_list.add(tx, "triage", case, "", "no_route")

    def _insert_appeal(self, tx: Tx, case: str, name: str, person: str, text: str) -> None:
        who = Applicant(name=person, phone="+79220000001")
        content = Appeal(text=text, created_at=datetime(2026, 2, 1, tzinfo=UTC), applicant=who)
        row = {"id": name, "system": CHANNEL, "external_id": f"n-{name[-6:]}", "state": "open", "legal_kind": "message",
               "urgency": 2, "case_id": case, "document_id": f"d-{name}", "created_at": tx.now, "received_at": tx.now,
               "edits": 0, "deleted": False, "body": cases.seal_appeal(tx, name, content)}  # fmt: skip
        cases.insert(tx, t.appeal, [row])
        owed = {"id": make_id("o"), "case_id": case, "appeal_id": name, "system": CHANNEL, "state": "owed"}
        cases.insert(tx, t.obligation, [owed])

    def _assign(self, tx: Tx, case: str, first: str, filed: bool) -> None:
        name = make_id("g")
        row = {"id": name, "case_id": case, "recipient": RECIPIENT, "state": "registered" if filed else "planned",
               "lead": True, "number": f"T-{name[-5:]}" if filed else None, "changed_at": tx.now}  # fmt: skip
        cases.insert(tx, t.assignment, [row])
        deliveries.add(tx, [deliveries.make_row(
            tx, RECIPIENT, "forward", subject=name, cause=case, case_id=case, appeal_id=first, assignment_id=name,
            state="delivered" if filed else "waiting",
        )])  # fmt: skip

    def answer(self, case: str, text: str = "Тепло дали.", state: str = "delivered", reason: str | None = None) -> str:
        """The recipient's final word, told to every appeal of the case as deliveries of this state."""
        with self.store.write() as tx:
            name, given = make_id("n"), self.one(t.assignment, case_id=case, tx=tx)
            content = Answer(reference=Reference(number=given.number), text=text)
            row = {"id": name, "assignment_id": given.id, "case_id": case, "document_id": "d", "entry": name,
                   "state": "answered", "speaks": True, "version": 1, "heard_at": tx.now, "stopped": False,
                   "body": cases.seal_answer(tx, name, content)}  # fmt: skip
            cases.insert(tx, t.answer, [row])
            for owner in self.all(t.appeal, case_id=case, tx=tx):
                self._tell(tx, case, name, owner, state, reason)
            cases.change(tx, t.cases, case, state="answered")
            cases.change(tx, t.assignment, given.id, state="answered")
            if reason == "confirm_fan_out":
                desk_list.add(tx, "fan_out", name, RECIPIENT, reason)
            return name

    def _tell(self, tx: Tx, case: str, told: str, owner: Any, state: str, reason: str | None) -> None:
        owed = self.one(t.obligation, appeal_id=owner.id, tx=tx)
        deliveries.add(tx, [row := deliveries.make_row(
            tx, CHANNEL, "answer", subject=owner.id, cause=told, case_id=case, addressee=owner.id,
            appeal_id=owner.id, answer_id=told, obligation_id=owed.id, state=state, reason=reason,
        )])  # fmt: skip
        cases.change(tx, t.appeal, owner.id, state="answered")
        if state == "delivered":
            cases.change(tx, t.obligation, owed.id, state="met", delivery_id=row["id"])

    def suggest(self, newer: str, older: str) -> str:
        """The router is not sure whether the first appeals of two cases are one problem."""
        with self.store.write() as tx:
            pair = [self.one(t.cases, id=name, tx=tx).appeal_id for name in (newer, older)]
            evidence = {"appeal": pair[0], "other": pair[1], "case": older, "score": 0.71}
            return desk_list.add(tx, "suggestion", newer, CHANNEL, "may_be_same", orjson.dumps(evidence).decode())

    def quarantine(self, *bodies: bytes, kind: str = "appeal") -> list[str]:
        with self.store.write() as tx:
            arrivals = [
                (CHANNEL, Document(kind=kind, external_id=f"x{n}", revision="1", body=body, fault="text: absent"))
                for n, body in enumerate(bodies)
            ]
            return [name for name in documents.record(tx, arrivals) if name]

    def send_all(self) -> None:
        """Whatever waits has arrived, with its receipt."""
        with self.store.write() as tx:
            for row in self.all(t.delivery, state="waiting", tx=tx):
                cases.change(tx, t.delivery, row.id, state="delivered", plan=b"sent")
                deliveries.apply_receipts(tx, [(row, f"R-{row.id[-5:]}" if row.intent == "forward" else None)])

    def all(self, table: Any, tx: Tx | None = None, **wanted: Any) -> list[Any]:
        query = (
            select(table)
            .where(*(table.c[name] == value for name, value in wanted.items()))
            .order_by(*table.primary_key)
        )
        if tx is not None:
            return list(tx.run(query))
        with self.store.read() as reading:
            return list(reading.run(query))

    def one(self, table: Any, tx: Tx | None = None, **wanted: Any) -> Any:
        (row,) = self.all(table, tx, **wanted)
        return row

    def all_notes(self) -> list[Any]:
        with self.store.read() as tx:
            return list(tx.run(select(t.occurrence).order_by(t.occurrence.c.seq)))

    def photograph(self) -> dict[str, Any]:
        """Who belongs where and owes what; an undone decision leaves the same picture."""
        return {
            "cases": {r.id: (r.state, r.appeals, r.due_at, r.urgency, r.reopened) for r in self.all(t.cases)},
            "appeals": {r.id: (r.case_id, r.state, r.join_kind) for r in self.all(t.appeal)},
            "assignments": {r.id: (r.state, r.lead) for r in self.all(t.assignment)},
            "obligations": {r.id: (r.case_id, r.state, r.reason) for r in self.all(t.obligation)},
            "deliveries": {r.id: r.state for r in self.all(t.delivery) if r.state != "cancelled"},
            "desk": {(r.kind, r.subject, r.reason) for r in self.all(t.desk, open=True)},
        }

    def find_holes(self) -> Any:
        with self.store.read() as tx:
            return reconcile.reconcile(tx).holes
