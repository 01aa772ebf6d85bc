"""The index of what an appeal may be a duplicate of (promise 7: read and written under the decide lock)."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, select

from ledger.rows import insert_new
from ledger.store import Tx
from ledger.tables import appeal, candidate, cases

#: A key that this many appeals share says nothing; the newest are compared.
PER_KEY = 32
CHUNK = 400


def find(tx: Tx, keys: Iterable[int], since: int) -> dict[int, list[str]]:
    """Appeals by key, newest first, at most PER_KEY each."""
    found: dict[int, list[str]] = {}
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), CHUNK):
        part = candidate.c.key.in_(wanted[start : start + CHUNK]), candidate.c.at >= since
        for row in tx.run(select(candidate.c.key, candidate.c.appeal_id).where(*part)):
            found.setdefault(row.key, []).append(row.appeal_id)
    return {key: sorted(ids, reverse=True)[:PER_KEY] for key, ids in found.items()}


def load(tx: Tx, ids: Iterable[str]) -> dict[str, Any]:
    """Features and case of these appeals: rows (id, case_id, person, features, case_state, changed_at)."""
    wanted, rows = sorted(set(ids)), {}
    columns = (
        appeal.c.id, appeal.c.case_id, appeal.c.system, appeal.c.person, appeal.c.features,
        cases.c.state.label("case_state"), cases.c.changed_at,
    )  # fmt: skip
    for start in range(0, len(wanted), CHUNK):
        query = select(*columns).join(cases, cases.c.id == appeal.c.case_id)
        for row in tx.run(query.where(appeal.c.id.in_(wanted[start : start + CHUNK]))):
            rows[row.id] = row
    return rows


def add(tx: Tx, keys: Sequence[tuple[int, str]]) -> None:
    insert_new(tx, candidate, [{"key": key, "appeal_id": name, "at": tx.now} for key, name in keys], "appeal_id")


def forget_before(tx: Tx, at: int) -> int:
    return int(tx.run(delete(candidate).where(candidate.c.at < at)).rowcount)
