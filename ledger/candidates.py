"""The index of what an appeal may be a duplicate of (promise 7: read and written under the decide lock)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import delete, func, select, text, update

from canonical.ids import make_first_id
from ledger import rows
from ledger.store import Tx
from ledger.tables import appeal, candidate, cases

#: A key that this many appeals share says nothing; the newest are compared.
PER_KEY = 24
CHUNK = 400
#: An appeal is compared with so many others at most.
PER_APPEAL = 32


def find(tx: Tx, keys: Iterable[int], since: int) -> dict[int, list[str]]:
    """Appeals by key, newest first, at most PER_KEY each."""
    found: dict[int, list[str]] = {}
    wanted = sorted(set(keys))
    if wanted:
        query = _FIND_POSTGRES if tx.is_postgres else _FIND_SQLITE
        for row in tx.run(query, {"keys": _list(tx, wanted), "first": make_first_id("a", since)}):
            found.setdefault(row.key, []).append(row.appeal_id)
    return {key: sorted(ids, reverse=True)[:PER_KEY] for key, ids in found.items()}


def choose(found: Mapping[int, Sequence[str]], keys: Iterable[int]) -> list[str]:
    """The most promising of what was found by these keys: sharing a rare key counts more than a common one, then the
    newer. However many write of one thing, a decision compares at most PER_APPEAL."""
    shares: dict[str, float] = {}
    for key in set(keys):
        names = found.get(key, ())
        for name in names:
            shares[name] = shares.get(name, 0.0) + 1 / len(names)
    if len(shares) <= PER_APPEAL:
        return list(shares)
    return sorted(shares, key=lambda name: (shares[name], name), reverse=True)[:PER_APPEAL]


def _list(tx: Tx, keys: list[int]) -> Any:
    return keys if tx.is_postgres else orjson.dumps(keys).decode()


_FIND = """
SELECT c.key, c.appeal_id FROM {keys} CROSS JOIN candidate AS c
WHERE c.key = k.value AND c.appeal_id >= {later}(:first, coalesce((
    SELECT o.appeal_id FROM candidate AS o WHERE o.key = k.value
    ORDER BY o.appeal_id DESC LIMIT 1 OFFSET {offset}), ''))
"""
#: The primary key holds all that is read, times too: ids begin with them. One parameter holds all keys, so that the
#: statement is planned once. The inner query finds the oldest of a key's newest, so that a key that a mass event
#: filled is not read to its end; of two bounds SQLite would seek one and read on, so there is one, the later.
_FIND_POSTGRES = text(
    _FIND.format(keys="unnest(CAST(:keys AS bigint[])) AS k(value)", later="greatest", offset=PER_KEY - 1)
)
_FIND_SQLITE = text(_FIND.format(keys="json_each(:keys) AS k", later="max", offset=PER_KEY - 1))


def load(tx: Tx, ids: Iterable[str]) -> dict[str, Any]:
    """Features and case of these appeals: rows (id, case_id, system, person, features, case_state, changed_at)."""
    wanted, found = sorted(set(ids)), {}
    columns = (
        appeal.c.id, appeal.c.case_id, appeal.c.system, appeal.c.person, appeal.c.features,
        cases.c.state.label("case_state"), cases.c.changed_at,
    )  # fmt: skip
    for start in range(0, len(wanted), CHUNK):
        query = select(*columns).join(cases, cases.c.id == appeal.c.case_id)
        for row in tx.run(query.where(rows.among(tx, appeal.c.id, wanted[start : start + CHUNK]))):
            found[row.id] = row
    return found


def add(tx: Tx, keys: Sequence[tuple[int, str]]) -> None:
    rows.insert(tx, candidate, [{"key": key, "appeal_id": name, "at": tx.now} for key, name in dict.fromkeys(keys)])


def find_outdated(tx: Tx, version: int, since: int, last: str, limit: int) -> list[Any]:
    """Rows of appeals after `last`, by id, whose features begin with an older version; without those forgotten."""
    older = func.substr(appeal.c.features, 1, 1, type_=appeal.c.features.type) < bytes([version])
    here = appeal.c.id > max(last, make_first_id("a", since)), appeal.c.body.is_not(None), older
    return list(tx.run(select(appeal).where(*here).order_by(appeal.c.id).limit(limit)).all())


def renew(tx: Tx, row: Any, features: bytes, keys: Iterable[int]) -> None:
    """In place of the row's features, unless they changed or were forgotten meanwhile. Old keys stay: they name it."""
    same = appeal.c.id == row.id, appeal.c.features == row.features
    if tx.run(update(appeal).where(*same).values(features=features)).rowcount:
        fresh = [{"key": key, "appeal_id": row.id, "at": row.received_at} for key in dict.fromkeys(keys)]
        rows.insert_new(tx, candidate, fresh, "key")


def forget_before(tx: Tx, at: int) -> int:
    return int(tx.run(delete(candidate).where(candidate.c.at < at)).rowcount)
