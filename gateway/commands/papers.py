"""The papers that belong to one item of the desk, with residents masked unless a reason was given."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import select

from canonical.applicant import Applicant
from gateway.commands.masking import mask_name, mask_tail, mask_text
from ledger import cases, files
from ledger.store import Tx
from ledger.tables import answer, appeal, attachment, delivery, document
from ledger.tables import cases as case_table
from router.route import UNSURE

#: Of a fan-out this many addressees are shown.
SAMPLES = 3
#: Of a document this many characters.
SHOWN = 4000
Paper = tuple[str, dict[str, Any]]


class Papers:
    """Collects what there is to see about an item."""

    def __init__(self, tx: Tx, unmasked: bool) -> None:
        self.tx, self.unmasked = tx, unmasked

    def of_item(self, item: Any) -> list[Paper]:
        if item.kind == "suggestion":
            return self._of_suggestion(item)
        if item.kind == "quarantine":
            return [self.of_document(item.subject)]
        if item.kind in ("fan_out", "late_answer"):
            return self._of_fan_out(item.subject)
        if item.kind == "delivery":
            return self._of_delivery(item.subject)
        if item.kind == "file":
            return self._of_file(item)
        if item.kind == "event":
            return self._of_crowd(item)
        if item.reason == UNSURE:
            return [*self._of_case(item.subject), self._of_doubt(item)]
        return [*self._of_case(item.subject), *self._of_said(item)]

    def _of_said(self, item: Any) -> list[Paper]:
        """The question, reply or rated answer that a person must see to decide."""
        told = self._load(answer, item.evidence)
        if told is not None:
            return [self._of_answer(told)]
        return [self.of_document(item.evidence)] if self._load(document, item.evidence) is not None else []

    def _of_doubt(self, item: Any) -> Paper:
        chances = orjson.loads(item.evidence)["topics"]
        return "likeliest topics", {code: f"{chance:.0%}" for code, chance in chances.items()}

    def _of_crowd(self, item: Any) -> list[Paper]:
        """What many write of: numbers, and the newest few of the appeals."""
        told = orjson.loads(item.evidence)
        alike = appeal.c.topic == told["topic"], appeal.c.oktmo == told["oktmo"], appeal.c.received_at >= told["since"]
        newest = self.tx.run(select(appeal.c.id).where(*alike).order_by(appeal.c.id.desc()).limit(SAMPLES)).scalars()
        return [("what many write of", told), *(self.of_appeal(name, "one of them") for name in newest.all())]

    def _of_suggestion(self, item: Any) -> list[Paper]:
        told = orjson.loads(item.evidence or "{}")
        pair = [
            self.of_appeal(told[key], title) for key, title in (("appeal", "new appeal"), ("other", "like this one"))
        ]
        rest = {key: value for key, value in told.items() if key not in ("appeal", "other")}
        return [*pair, ("evidence", rest)]

    def of_document(self, name: str) -> Paper:
        row = self._load(document, name)
        if row is None:
            return "document", {"id": name, "note": "not in the ledger any more"}
        shown = {
            "id": row.id, "system": row.system, "kind": row.kind, "external id": row.external_id, "state": row.state,
            "reason": row.reason, "detail": row.detail, "bytes": row.size, "redelivered": row.copies,
        }  # fmt: skip
        if self.unmasked and row.body is not None:
            shown["content"] = self.tx.vault.open("document", row.id, row.body).decode("utf-8", "replace")[:SHOWN]
        return "document", shown

    def of_appeal(self, name: str, title: str = "appeal") -> Paper:
        row = self._load(appeal, name)
        if row is None:
            return title, {"id": name, "note": "not in the ledger any more"}
        content = cases.open_appeal(self.tx, row)
        place = content.place
        where = place.text or ", ".join(filter(None, (place.settlement, place.street, place.house)))
        return title, {
            "id": row.id, "case": row.case_id, "system": row.system, "external id": row.external_id,
            "state": row.state, "topic": content.topic.code, "place": self._hide(where, [content.applicant]),
            **({"contradiction": place.contradiction} if place.contradiction else {}),
            "applicant": self._show_person(content.applicant), "text": self._hide(content.text, [content.applicant]),
        }  # fmt: skip

    def _show_person(self, person: Applicant) -> str:
        name, phone, email = person.full_name or "", person.phone or "", person.email or ""
        if not self.unmasked:
            name, phone, email = mask_name(name), phone and mask_tail(phone), email and "***@***"
        return ", ".join(filter(None, (name, phone, email))) or "-"

    def _hide(self, text: str, people: Iterable[Applicant]) -> str:
        return text if self.unmasked else mask_text(text, people)

    def _list_people(self, case_id: str) -> list[Applicant]:
        """Who an answer in this case may name."""
        rows = cases.load_of_case(self.tx, appeal, [case_id]).get(case_id, [])
        return [cases.open_appeal(self.tx, row).applicant for row in rows if row.body is not None]

    def _of_fan_out(self, name: str) -> list[Paper]:
        told = self._load(answer, name)
        if told is None:
            return []
        rows = self.tx.run(select(delivery).where(delivery.c.answer_id == name, delivery.c.intent == "answer")).all()
        counts = Counter(f"{row.system}: {row.state}" for row in rows)
        held = [row for row in rows if row.state == "held"][:SAMPLES]
        return [
            self._of_answer(told), ("addressees", dict(sorted(counts.items()))),
            *(self.of_appeal(row.appeal_id, "one of them") for row in held),
        ]  # fmt: skip

    def _of_answer(self, row: Any) -> Paper:
        content = cases.open_answer(self.tx, row)
        return "answer", {
            "id": row.id, "case": row.case_id, "state": row.state, "outcome": row.outcome, "version": row.version,
            "text": self._hide(content.text, () if self.unmasked else self._list_people(row.case_id)),
            "files": [file.name or file.id for file in content.attachments],
        }  # fmt: skip

    def _of_delivery(self, name: str) -> list[Paper]:
        row = self._load(delivery, name)
        if row is None:
            return []
        shown = {
            "id": row.id, "intent": row.intent, "to": row.system, "state": row.state, "reason": row.reason,
            "detail": row.detail, "attempts": row.attempts, "number": row.number, "case": row.case_id,
        }  # fmt: skip
        told = self._load(answer, row.answer_id)
        addressee = [self.of_appeal(row.appeal_id)] if row.appeal_id else []
        return [("delivery", shown), *([self._of_answer(told)] if told is not None else []), *addressee]

    def _of_file(self, item: Any) -> list[Paper]:
        row = self._load(attachment, item.subject)
        if row is None:
            return []
        named = files.open_attachment(self.tx, row)
        shown = {
            "id": row.id, "system": row.system, "state": row.state, "reason": row.reason, "detail": row.detail,
            "attempts": row.attempts, "name": named.name if self.unmasked else mask_name(named.name or ""),
            "type": row.media_type, "bytes": row.size, "late": row.late, "shareable": row.shareable,
        }  # fmt: skip
        if item.reason == files.NOT_SHARED:
            shown["residents without it"] = item.evidence
        told = self._load(answer, row.owner)
        return [("file", shown), self._of_answer(told) if told is not None else self.of_appeal(row.owner)]

    def _of_case(self, name: str) -> list[Paper]:
        row = self._load(case_table, name)
        if row is None:
            return []
        shown = {"id": row.id, "state": row.state, "appeals": row.appeals, "topic": row.topic, "rule": row.rule,
                 "reopened": row.reopened}  # fmt: skip
        return [("case", shown), self.of_appeal(row.appeal_id, "its first appeal")]

    def _load(self, table: Any, name: str | None) -> Any:
        return cases.load(self.tx, table, [name]).get(name or "")
