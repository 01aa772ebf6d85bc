"""Files of a run: what residents and recipients attached, held by digest against what the others' books received."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from ledger.store import Tx
from ledger.tables import answer, appeal, assignment, attachment, cases, delivery

Books = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Expected:
    """A file owner's way: who named it (system, its id there) and to whom it had to go (system, number or id there)."""

    source: tuple[str, str]
    target: tuple[str, str]


def count_files(tx: Tx) -> dict[str, int]:
    rows = tx.run(select(attachment.c.state, func.count()).group_by(attachment.c.state))
    return {f"{state}": number for state, number in rows}


def expect_filed(tx: Tx) -> list[Expected]:
    """Every appeal that was filed or joined at a recipient, by the number of the filing."""
    query = (
        select(appeal.c.system, appeal.c.external_id, delivery.c.system, assignment.c.number)
        .join(delivery, delivery.c.appeal_id == appeal.c.id)
        .join(assignment, assignment.c.id == delivery.c.assignment_id)
        .where(delivery.c.intent.in_(("forward", "join")), delivery.c.state == "delivered")
    )
    return [Expected((row[0], row[1]), (row[2], row[3])) for row in tx.run(query)]


def expect_answered(tx: Tx) -> list[Expected]:
    """Every answer that was told to the resident whose appeal was filed."""
    query = (
        select(assignment.c.recipient, assignment.c.number, appeal.c.system, appeal.c.external_id)
        .join(answer, answer.c.assignment_id == assignment.c.id)
        .join(delivery, delivery.c.answer_id == answer.c.id)
        .join(appeal, appeal.c.id == delivery.c.appeal_id)
        .join(
            cases, cases.c.appeal_id == appeal.c.id
        )  # the others of a case get no file that was written for the first
        .where(delivery.c.intent == "answer", delivery.c.state == "delivered", answer.c.speaks.is_(True))
    )
    return [Expected((row[0], row[1]), (row[2], row[3])) for row in tx.run(query)]


def compare(expected: list[Expected], books: Books) -> tuple[dict[str, int], list[str]]:
    """Files received per system that has room for them, and every difference."""
    received: Counter[str] = Counter()
    problems = []
    for one in expected:
        attached = _digests(books, "attached", one.source)
        there = _digests(books, "files", one.target)
        if not attached or "files" not in books[one.target[0]]:
            continue
        got = {digest for digest in attached if digest in there}
        received[one.target[0]] += len(got)
        if missing := len(attached) - len(got):
            problems.append(f"{one.target[0]}: {missing} file(s) of {'/'.join(one.source)} did not arrive")
    for name, book in books.items():
        if doubled := book["counts"].get("files doubled", 0):
            problems.append(f"{name}: {doubled} file(s) arrived twice")
    return dict(received), problems


def _digests(books: Books, page: str, of: tuple[str, str]) -> Counter[str]:
    system, name = of
    named = books[system].get(page, {})
    return Counter(one["sha256"] for one in named.get(name, named.get(name.rpartition("/")[2], [])))
