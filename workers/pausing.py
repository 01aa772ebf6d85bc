"""A question to the resident was settled: the deadlines of its case run again, each by its own rule."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table

from canonical.mapping import find_systems
from ledger import cases, configs
from ledger.store import Tx
from ledger.tables import appeal, assignment, obligation
from ledger.tables import cases as case_table
from router.policy import Policy
from workers.resolve_effects import Effects

_SYSTEM = re.compile(r"^system: *([a-z0-9_-]+)", re.MULTILINE)
#: Filings that nobody works on any more.
OVER = ("answered", "declined", "withdrawn", "redirected")
Change = tuple[Table, Any, dict[str, Any]]


def run_again(tx: Tx, policy: Policy, case: Any) -> list[Change]:
    """(table, row, new values) after the pause of a locked case. The case keeps its appeals' earliest deadline, and so
    do those who have to answer it."""
    rows = cases.load_of_case(tx, appeal, [case.id]).get(case.id, [])
    owed = {row.appeal_id for row in _list_owed(tx, case)}
    due = {row.id: _extend(tx, policy, case, row) for row in rows if row.id in owed and row.due_at is not None}
    earliest = min(due.values(), default=case.due_at)
    changes: list[Change] = [(case_table, case, {"paused_at": None, "due_at": earliest})]
    changes += [(appeal, row, {"due_at": due[row.id]}) for row in rows if due.get(row.id, row.due_at) != row.due_at]
    return [*changes, *_follow(tx, case, due, earliest)]


def let_run(effects: Effects, case: Any) -> None:
    """By a person's decision: nothing waits for the resident's reply any more."""
    if case.paused_at is not None:
        for table, row, values in run_again(effects.tx, load_policy(effects.tx), case):
            effects.change(table, row, **values)


def _extend(tx: Tx, policy: Policy, case: Any, row: Any) -> int:
    content = policy.enrich(cases.open_appeal(tx, row), row.system)
    start, end = max(case.paused_at, row.received_at), tx.now
    due = policy.deadlines.extend(
        _at(row.due_at), content, _at(row.received_at), row.system, _at(start), _at(end)
    )  # fmt: skip
    return round(due.timestamp() * 1000)


def _at(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / 1000, UTC)


def _follow(tx: Tx, case: Any, due: dict[str, int], earliest: int | None) -> Iterator[Change]:
    for row in _list_owed(tx, case):
        if row.appeal_id in due and row.due_at != due[row.appeal_id]:
            yield obligation, row, {"due_at": due[row.appeal_id]}
    for row in cases.load_of_case(tx, assignment, [case.id]).get(case.id, []):
        if row.state not in OVER and row.due_at not in (None, earliest):
            yield assignment, row, {"due_at": earliest}


def _list_owed(tx: Tx, case: Any) -> list[Any]:
    return [row for row in cases.load_of_case(tx, obligation, [case.id]).get(case.id, []) if row.state == "owed"]


def load_policy(tx: Tx) -> Policy:
    """Of the active configuration."""
    active = configs.read_active(tx)
    files = configs.load(tx, active) if active else {}
    texts = {name: text for name, text in files.items() if "/" not in name}
    names = (_SYSTEM.search(text) for _, text in find_systems(files))
    return Policy.load(texts, {found[1] for found in names if found})
