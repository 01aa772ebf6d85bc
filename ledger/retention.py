"""Nothing is kept for longer than it is needed (promise 13): bodies go, keys stay.

The key of a document outlives its body, so that what a sender repeats years later is still known.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Table, and_, delete, exists, or_, select, update

from ledger import audit
from ledger.store import Store
from ledger.tables import answer, appeal, attachment, candidate, cases, delivery, desk, document, obligation, rating

DAY_MS = 86_400_000
#: Rows per transaction: short enough that nobody waits for it.
CHUNK = 500


@dataclass(frozen=True)
class Retention:
    """Days that each kind of content is kept after it was needed last; None: for ever."""

    documents: int | None = 30  # raw bytes, after their disposition
    plans: int | None = 30  # rendered requests and what their calls took, after the delivery ended
    appeals: int | None = 1827  # texts and people, after the case was closed or answered: five years
    answers: int | None = 1827
    attachments: int | None = 1827  # files, as long as what names them
    ratings: int | None = 1827  # what residents wrote beside their score
    candidates: int | None = 90  # the index of duplicates
    desk: int | None = 365  # evidence of decided items


def apply(store: Store, kept: Retention) -> dict[str, int]:
    """Removes what is past its time; rows per kind. Interrupted, it goes on where it was."""
    removed = {name: step(store, days) for name, step in _STEPS.items() if (days := getattr(kept, name)) is not None}
    counts = {name: number for name, number in removed.items() if number}
    if counts:
        with store.write() as tx:
            audit.record(tx, [audit.note(tx, "retention.applied", "ledger", None, None, **counts)])
    return removed


Condition = Callable[[int], ColumnElement[bool]]


def _strip(table: Table, columns: tuple[str, ...], past: Condition) -> Callable[[Store, int], int]:
    """A step that empties these columns of rows that are past their time."""
    filled = or_(*(table.c[name].is_not(None) for name in columns))

    def step(store: Store, days: int) -> int:
        return _repeat(store, days, lambda now: _empty(now))

    def _empty(before: int) -> object:
        old = select(table.c.id).where(filled, past(before)).order_by(table.c.id).limit(CHUNK)
        return update(table).where(table.c.id.in_(old)).values(dict.fromkeys(columns))

    return step


def _repeat(store: Store, days: int, make: Callable[[int], object]) -> int:
    total = 0
    while True:
        with store.write() as tx:
            done = int(tx.run(make(tx.now - days * DAY_MS)).rowcount)
        total += done
        if done < CHUNK:
            return total


def _over(case_id: Column[str], before: int) -> ColumnElement[bool]:
    """The case ended before then, and nothing is owed in it."""
    ended = cases.c.id == case_id, cases.c.state.in_(("answered", "closed")), cases.c.changed_at < before
    owed = exists(select(1).where(obligation.c.case_id == case_id, obligation.c.state == "owed"))
    return and_(exists(select(1).where(*ended)), ~owed)


def _old_document(before: int) -> ColumnElement[bool]:
    return and_(document.c.state == "done", document.c.received_at < before)


def _old_delivery(before: int) -> ColumnElement[bool]:
    ended = delivery.c.state.in_(("delivered", "cancelled"))
    return and_(ended, or_(delivery.c.done_at < before, and_(delivery.c.done_at.is_(None), delivery.c.due_at < before)))


def _old_attachment(before: int) -> ColumnElement[bool]:
    """As long as its owner: an appeal or an answer."""
    told = exists(select(1).where(answer.c.id == attachment.c.owner, _over(answer.c.case_id, before)))
    return or_(exists(select(1).where(appeal.c.id == attachment.c.owner, _over(appeal.c.case_id, before))), told)


def _trim_candidates(store: Store, days: int) -> int:
    with store.write() as tx:
        return int(tx.run(delete(candidate).where(candidate.c.at < tx.now - days * DAY_MS)).rowcount)


def _old_rating(before: int) -> ColumnElement[bool]:
    return rating.c.at < before


_STEPS: dict[str, Callable[[Store, int], int]] = {
    "documents": _strip(document, ("body",), _old_document),
    "plans": _strip(delivery, ("plan", "progress"), _old_delivery),
    "appeals": _strip(
        appeal, ("body", "features", "person", "phone", "email", "thread"), lambda at: _over(appeal.c.case_id, at)
    ),
    "answers": _strip(answer, ("body",), lambda at: _over(answer.c.case_id, at)),
    "attachments": _strip(attachment, ("body", "digest"), _old_attachment),
    "ratings": _strip(rating, ("body",), _old_rating),
    "candidates": _trim_candidates,
    "desk": _strip(desk, ("evidence", "undo"), lambda at: and_(desk.c.open.is_(False), desk.c.closed_at < at)),
}
