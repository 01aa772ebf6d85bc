"""What came of it: the ledger's account, held against the stands' own books."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from gateway.demo.feed import CHANNELS, RECIPIENTS
from gateway.demo.files import compare, count_files, expect_answered, expect_filed
from ledger.reconcile import reconcile
from ledger.store import Store, Tx
from ledger.tables import answer, appeal, assignment, cases, delivery, desk, document

#: Intents that a resident sees; the others go to recipients, also where one system is both.
TO_RESIDENTS = ("answer", "status", "notice", "ask", "ask_satisfaction")


@dataclass
class Tally:
    """Figures of one run; `problems` names every difference between the ledger and the books."""

    documents: dict[str, int] = field(default_factory=dict)
    appeals: int = 0
    cases: int = 0
    joined: int = 0
    suggested: int = 0
    forwarded: dict[str, int] = field(default_factory=dict)
    answers: int = 0
    replies: dict[str, int] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)  # answers, statuses and notices together
    files: dict[str, int] = field(default_factory=dict)  # named, fetched, refused, and sent per recipient or channel
    desk: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    duplicates: int = 0
    problems: list[str] = field(default_factory=list)
    whole: bool = False


def count_ledger(tx: Tx) -> Tally:
    tally = Tally()
    tally.documents = _count(tx, document.c.system, document.c.kind == "appeal")
    tally.appeals = _total(tx, appeal)
    tally.cases = _total(tx, cases)
    tally.joined = _total(tx, appeal, appeal.c.join_kind.is_not(None))
    tally.answers = _total(tx, answer, answer.c.speaks.is_(True))
    sent = delivery.c.state == "delivered"
    tally.forwarded = _count(tx, delivery.c.system, sent, delivery.c.intent == "forward")
    final = delivery.c.obligation_id.is_not(None)  # a postponement is told too, but it settles nothing
    tally.replies = _count(tx, delivery.c.system, sent, delivery.c.intent == "answer", final)
    tally.told = _count(tx, delivery.c.system, sent, delivery.c.intent.in_(TO_RESIDENTS))
    tally.desk = _count(tx, desk.c.kind, desk.c.open.is_(True))
    tally.suggested = tally.desk.get("suggestion", 0)
    tally.quarantined = _count(tx, document.c.reason, document.c.state == "quarantined", document.c.kind == "appeal")
    return tally


def _total(tx: Tx, table: Any, *where: Any) -> int:
    return int(tx.run(select(func.count()).select_from(table).where(*where)).scalar_one())


def _count(tx: Tx, column: Any, *where: Any) -> dict[str, int]:
    return {key or "-": n for key, n in tx.run(select(column, func.count()).where(*where).group_by(column))}


def judge(store: Store, books: dict[str, dict[str, Any]], sent: dict[str, str]) -> Tally:
    """`sent`: appeal's own id → channel. The books are the witnesses, the ledger is the accused."""
    with store.read() as tx:
        tally = count_ledger(tx)
        verdict = reconcile(tx)
        stuck = select(document.c.system, document.c.external_id).where(document.c.state == "quarantined")
        quarantined = {(row.system, row.external_id.rpartition("/")[2]) for row in tx.run(stuck)}
        ways = [*expect_filed(tx), *expect_answered(tx)]
        tally.files = count_files(tx)
        filed = set(tx.run(select(assignment.c.number).where(assignment.c.number.is_not(None))).scalars())
    tally.problems += [f"{number} × {promise}" for promise, (number, _) in verdict.holes.items()]
    answers = {name: books[name].get("answers", {}) for name in CHANNELS}
    unanswered = {(channel, key) for key, channel in sent.items() if key not in answers[channel]}
    tally.lost = len(unanswered - quarantined)
    tally.duplicates = sum(book["counts"].get("duplicates", 0) for book in books.values())
    _hold_against(tally, books, filed)
    received, differences = compare(ways, books)
    tally.files |= {f"received by {name}": number for name, number in received.items()}
    tally.problems += differences
    tally.whole = verdict.whole and not tally.problems
    return tally


def _hold_against(tally: Tally, books: dict[str, dict[str, Any]], filed: set[str]) -> None:
    """The ledger's word on what it forwarded and answered must be what the stands wrote down themselves."""
    for name in RECIPIENTS:
        theirs, ours = books[name]["counts"].get("filings", 0), tally.forwarded.get(name, 0)
        if theirs != ours:
            tally.problems.append(f"{name}: its book has {theirs} filings, the ledger {ours}")
    for name in CHANNELS:
        theirs = sum(len(each) for each in books[name].get("answers", {}).values())
        ours = tally.told.get(name, 0)
        if theirs != ours:
            tally.problems.append(f"{name}: its residents were told {theirs} things, the ledger says {ours}")
