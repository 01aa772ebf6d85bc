"""One filing while a batch is being decided, and which of two words of its recipient is the later one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from canonical.answer import Answer
from canonical.states import AssignmentState
from ledger import cases
from ledger.clock import to_ms
from ledger.store import Tx
from workers.telling import find_last

A = AssignmentState
FINAL = {A.answered, A.declined}
#: News that may come late without meaning anything.
PASSIVE = {A.planned, A.sent, A.registered}
#: Which of two words said in one and the same moment is the later one: many clocks know no fractions of a second.
ORDER = {state: place for place, state in enumerate((A.in_work, A.asking, A.postponed, A.redirected))}
#: A day begins with a whole hour in whatever zone it was told.
HOUR_MS = 3_600_000


@dataclass
class Filing:
    """One assignment while a batch is being decided."""

    row: Any
    state: AssignmentState
    heard: set[str]  # entries
    last: Answer | None = None
    version: int = 0
    said_at: int | None = None  # when the newest word that counted was said, ms
    newest: tuple[str, str] = ("", "")  # the documents that brought the newest word and the newest answer


def load_filings(
    tx: Tx, rows: Iterable[Any], words: Sequence[Any], case_rows: Mapping[str, Any], given: Mapping[str, list[Any]]
) -> dict[str, Filing]:
    """Of these assignments, by id. `words`: all that was said to them and to their cases, oldest first; `given`: all
    assignments of these cases."""
    found = {}
    for row in rows:
        told = [word for word in words if word.assignment_id == row.id]
        own = [word for word in told if word.state != "reply"]  # that one was the resident's
        last = find_last(told)
        before = _count_told(row, words, case_rows[row.home], given.get(row.home, ()))
        found[row.id] = Filing(
            row, A(row.state), {word.entry for word in told}, cases.open_answer(tx, last) if last else None,
            max(before, last.version if last else 0),
            # A clock that runs ahead must not make all that follows look late.
            max((min(word.at, word.heard_at) for word in own if word.at is not None), default=None),
            (
                max((word.document_id for word in own if word.state not in PASSIVE), default=""),
                last.document_id if last else "",
            ),
        )  # fmt: skip
    return found


def _count_told(row: Any, words: Sequence[Any], home: Any, assignments: Sequence[Any]) -> int:
    """How often its residents were told before: by whoever led the case, or by a filing that was joined away. Where
    all recipients must answer, the answers of the others stand beside this one's."""
    beside = {one.id for one in assignments} if home.answered_by == "all" else set()
    told = [word for word in words if word.speaks and word.case_id == home.id and word.assignment_id not in beside]
    return max((word.version for word in told), default=0)


def is_stale(filing: Filing, reading: Answer, document: str, alone: bool) -> bool:
    """Whether it was said before what was heard already: webhooks sent again, lists read late and documents that
    a person replays overtake. Who tells no time is taken at the order of arrival. `alone`: it is all that its document
    says."""
    state, at = reading.moves_to, to_ms(reading.at)
    if state is None or (state is filing.state and state not in FINAL):
        return False
    if state in PASSIVE and filing.state not in (A.planned, A.sent):
        return True
    if state in FINAL:  # the answer that everybody waits for is late only behind another answer
        told = to_ms(filing.last.at) if filing.last else None
        return document < filing.newest[1] if at is None or told is None else at < told
    said = filing.said_at
    if at is None or said is None:
        return document < filing.newest[0]
    if at == said and alone and at % HOUR_MS == 0 and filing.state not in FINAL:
        return document < filing.newest[0]  # who tells whole days says nothing of the order within one
    return at < said or (at == said and _place(state) < _place(filing.state))


def says_the_same(last: Answer, reading: Answer) -> bool:
    """A file that only comes with a later revision is news: it would reach nobody otherwise."""
    same = (last.text, last.outcome, last.finality) == (reading.text, reading.outcome, reading.finality)
    return same and _name_files(reading) <= _name_files(last)


def _name_files(said: Answer) -> set[str | None]:
    """By what stays the same: links are often signed anew with each look."""
    return {one.name or one.id or one.url for one in said.attachments}


def _place(state: AssignmentState) -> int:
    """Registered is said first, an answer last."""
    return ORDER.get(state, -1 if state in PASSIVE else len(ORDER))
