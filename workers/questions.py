"""Whether a recipient asks the resident anew or shows a question once more: the words alone do not tell."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Any

from canonical.states import AssignmentState
from ledger import cases
from ledger.store import Tx
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
    if not said or said[-1].state != AssignmentState.asking.value:
        return Again.anew
    last = said[-1]
    before = cases.open_answer(tx, last)
    if before.text != text:
        return Again.anew
    if not any(word.state == "reply" for word in words[words.index(last) :]):
        return Again.shown  # it is open: the resident has it
    if entry or _is_other(tx, last.document_id, document.external_id):
        return Again.anew
    return Again.shown if at is not None and at == before.at else Again.doubtful


def _is_other(tx: Tx, earlier: str, external_id: str) -> bool:
    known = cases.load(tx, document_table, [earlier]).get(earlier)
    return known is not None and known.external_id != external_id
