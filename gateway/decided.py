"""What a site's own ledger teaches: topics that a channel's code or a person gave, recipients that kept a case."""

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import select

from ledger import cases, configs
from ledger.store import Tx
from ledger.tables import appeal, assignment, occurrence
from ledger.tables import cases as case_table
from router.classifier.example import Example
from router.classifier.localities import list_localities
from router.classifier.training import MOST_TEXTS
from router.topics import Topics

LABELS = ("theme", "executor")
#: How a topic was found when it was the channel that said it.
_TOLD = ("mapping", "code", "title")
#: States of an assignment whose recipient took the case up.
_KEPT = ("registered", "in_work", "asking", "postponed", "answered", "declined")


def read_decided(tx: Tx, label: str) -> list[Example]:
    """Oldest first, at most what training takes. BadExamples is for who trains."""
    rows = tx.run(select(appeal).where(appeal.c.body.is_not(None)).order_by(appeal.c.id.desc()).limit(MOST_TEXTS))
    newest = list(rows)[::-1]
    found = _find_topics(tx) if label == "theme" else _find_recipients(tx)
    told = [(row, found[row.case_id]) for row in newest if row.case_id in found]
    examples = [_make_example(tx, row, each, label, 1 - (n + 1) / len(told)) for n, (row, each) in enumerate(told)]
    return examples + (list(_list_titles(tx, {each.label for each in examples})) if label == "theme" else [])


def _make_example(tx: Tx, row: Any, found: str, label: str, age: float) -> Example:
    text = cases.open_appeal(tx, row).text
    if label == "theme":
        return Example(text, found, age=age)
    known = (*((f"theme={row.topic}",) if row.topic else ()), f"channel={row.system}")
    return Example(text, found, known, list_localities(text), age)


def _find_topics(tx: Tx) -> dict[str, str]:
    """By case: what the channel said, or a person in its place, unless that was taken back."""
    told: dict[str, str] = {}
    notes = select(occurrence.c.subject, occurrence.c.kind, occurrence.c.detail)
    for row in tx.run(notes.where(occurrence.c.kind.in_(("case.opened", "case.topic"))).order_by(occurrence.c.seq)):
        detail = orjson.loads(row.detail or "{}")
        if row.kind == "case.topic" or detail.get("topic_by") in _TOLD:
            told[row.subject] = detail.get("topic") or ""
    now = tx.run(select(case_table.c.id, case_table.c.topic).where(case_table.c.topic.is_not(None)))
    return {row.id: row.topic for row in now if told.get(row.id) == row.topic}


def _find_recipients(tx: Tx) -> dict[str, str]:
    """By case: the lead that kept it."""
    kept = select(assignment).where(assignment.c.lead.is_(True), assignment.c.state.in_(_KEPT))
    return {row.case_id: row.recipient for row in tx.run(kept)}


def _list_titles(tx: Tx, used: set[str]) -> Iterator[Example]:
    """The titles of the topics of the active configuration."""
    active = configs.read_active(tx)
    text = configs.load(tx, active).get("topics.yaml") if active else None
    if text is not None:
        for entry in Topics.load(text, "topics.yaml").entries.values():
            if entry.code in used:
                yield Example(entry.title, entry.code, title=True)
