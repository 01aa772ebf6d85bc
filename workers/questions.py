"""Whether a recipient asks the resident anew or shows a question once more: the words alone do not tell."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto
from itertools import takewhile
from typing import Any

from sqlalchemy import select

from canonical.states import AssignmentState, CaseState
from ledger import cases, desk_list
from ledger.store import Tx
from ledger.tables import assignment, delivery
from ledger.tables import document as document_table
from workers.filing import PASSIVE

#: Words beside a question that do not end it: the resident's, and news that mean nothing any more.
_BESIDE = {"reply", *(state.value for state in PASSIVE)}


class Again(Enum):
    anew = auto()
    shown = auto()
    doubtful = auto()


def compare(
    tx: Tx, words: Sequence[Any], document: Any, text: str, at: datetime | None, entry: str | None = None
) -> Again:
    """`words`: what was said to this filing, oldest first. `document`: it brings the question; `entry`: the one of its
    history that does.

    After the resident's reply the same words are a new question in a document or entry of their own, and the old one in
    what was said at the same moment; where a known document only changed, perhaps by our reply, they are doubtful.
    """
    said = [word for word in words if word.state not in _BESIDE]
    open_ones = list(takewhile(lambda word: word.state == AssignmentState.asking.value, reversed(said)))
    known = cases.load(tx, document_table, (word.document_id for word in open_ones))
    # A state of a filing and a document of its own may tell of one question: only one of the two asks it.
    like = [word for word in open_ones if _is_alike(known.get(word.document_id), document)]
    before = cases.open_answer(tx, like[0]) if like else None
    if before is None or before.text != text:
        return Again.anew
    if not any(word.state == "reply" for word in words[words.index(like[0]) :]):
        return Again.shown  # it is open: the resident has it
    if entry or known[like[0].document_id].external_id != document.external_id:
        return Again.anew
    return Again.shown if at is not None and at == before.at else Again.doubtful


def show_left(tx: Tx, case_id: str, gone: str) -> None:
    """Where the resident who was asked is the one that went a person has the next one asked, for each recipient that
    waits for the reply."""
    case = cases.lock(tx, [case_id])[case_id]
    of_case = delivery.c.case_id == case_id, delivery.c.intent == "ask"
    asked = tx.run(select(delivery).where(*of_case).order_by(delivery.c.id)).all()
    newest = {row.assignment_id: row for row in asked} if case.state == CaseState.asking else {}
    filed = cases.load(tx, assignment, newest)
    for name, row in newest.items():
        waits = row is asked[-1] or filed[name].state == AssignmentState.asking
        if waits and row.appeal_id == gone:
            desk_list.add(tx, "question", case_id, row.system, "asked_left", row.answer_id, case.urgency)


def _is_alike(known: Any, document: Any) -> bool:
    return known is not None and known.kind == document.kind
