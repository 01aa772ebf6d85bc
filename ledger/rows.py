"""Inserts that both engines share."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from ledger.store import Tx


def _insert_for(tx: Tx, table: Table) -> Any:
    return postgresql.insert(table) if tx.is_postgres else sqlite.insert(table)


def insert_new(tx: Tx, table: Table, rows: list[dict[str, Any]], returning: str = "id") -> set[str]:
    """Inserts what is not there yet; the `returning` values of the rows that were really inserted.

    Rows that bring more columns than others are inserted after them.
    """
    alike: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in rows:
        alike.setdefault(frozenset(row), []).append(row)
    statement = _insert_for(tx, table).on_conflict_do_nothing().returning(table.c[returning])
    return {name for group in alike.values() for name in tx.run(statement, group).scalars()}


def upsert(tx: Tx, table: Table, row: dict[str, Any], *keys: str) -> None:
    changes = {name: value for name, value in row.items() if name not in keys}
    statement = _insert_for(tx, table).values(**row)
    tx.run(statement.on_conflict_do_update(index_elements=list(keys), set_=changes))
