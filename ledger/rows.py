"""Inserts and changes of many rows, on both engines."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Table, TextClause, any_, bindparam, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect

from ledger.store import Tx


def _insert_for(tx: Tx, table: Table) -> Any:
    if not tx.is_postgres:
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def among(tx: Tx, column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`column` is one of `values`. On PostgreSQL one array: the statement is the same for any number of them."""
    given = list(values)
    if not tx.is_postgres:
        return column.in_(given)
    from sqlalchemy.dialects import postgresql

    return column == any_(bindparam(None, given, type_=postgresql.ARRAY(column.type)))


def insert_new(tx: Tx, table: Table, rows: list[dict[str, Any]], returning: str = "id") -> set[str]:
    """Inserts what is not there yet; the `returning` values of the rows that were really inserted.

    Rows that bring more columns than others are inserted after them.
    """
    inserted: set[str] = set()
    for columns, group in _group_alike(rows):
        if tx.is_postgres:
            inserted |= set(tx.run(_insert_arrays(table, columns, returning), _turn(columns, group)).scalars())
        else:
            statement = sqlite.insert(table).on_conflict_do_nothing().returning(table.c[returning])
            inserted |= set(tx.run(statement, group).scalars())
    return inserted


def upsert(tx: Tx, table: Table, row: dict[str, Any], *keys: str) -> None:
    changes = {name: value for name, value in row.items() if name not in keys}
    statement = _insert_for(tx, table).values(**row)
    tx.run(statement.on_conflict_do_update(index_elements=list(keys), set_=changes))


def insert(tx: Tx, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Rows of one table; not all need the same columns."""
    for columns, group in _group_alike(rows):
        if tx.is_postgres:
            tx.run(_insert_arrays(table, columns), _turn(columns, group))
        else:
            tx.run(table.insert(), group)


def _group_alike(rows: Sequence[dict[str, Any]]) -> Iterable[tuple[tuple[str, ...], list[dict[str, Any]]]]:
    """A statement takes its columns from the first row alone: the others' further ones would be dropped in silence."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        alike.setdefault(tuple(sorted(row)), []).append(row)
    return alike.items()


def _turn(columns: tuple[str, ...], rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows as one array per column."""
    return {f"c{number}": [row[name] for row in rows] for number, name in enumerate(columns)}


@cache
def _insert_arrays(table: Table, columns: tuple[str, ...], returning: str = "") -> TextClause:
    """One array per column: planned once for any number of rows, a third of the cost of a statement per row."""
    dialect = _postgresql()
    quote = dialect.identifier_preparer.quote
    types = [table.c[name].type.compile(dialect) for name in columns]
    arrays = ", ".join(f"CAST(:c{number} AS {kind}[])" for number, kind in enumerate(types))
    names = ", ".join(quote(name) for name in columns)
    only_new = f" ON CONFLICT DO NOTHING RETURNING {quote(returning)}" if returning else ""
    return text(f"INSERT INTO {quote(table.name)} ({names}) SELECT * FROM unnest({arrays}){only_new}")  # noqa: S608


def change_rows(
    tx: Tx, table: Table, rows: Sequence[dict[str, Any]], guard: Mapping[str, Any] | None = None, keep: str = ""
) -> int:
    """Changes rows by `id`; all bring the same columns. How many rows fitted.

    guard: values that a row must have now to be changed. keep: a column that an absent value leaves as it is.
    """
    if not rows:
        return 0
    columns, guard = tuple(name for name in rows[0] if name != "id"), guard or {}
    statement = _change(table, columns, tuple(guard), keep, tx.is_postgres)
    fixed = {f"g_{name}": value for name, value in guard.items()}
    if tx.is_postgres:
        arrays = {f"c_{name}": [row[name] for row in rows] for name in ("id", *columns)}
        return int(tx.run(statement, arrays | fixed).rowcount)
    named = [{f"c_{name}": value for name, value in row.items()} | fixed for row in rows]
    return int(tx.run(statement, named).rowcount)


@cache
def _change(table: Table, columns: tuple[str, ...], guard: tuple[str, ...], keep: str, arrays: bool) -> TextClause:
    dialect = _postgresql() if arrays else sqlite.dialect()
    quote = dialect.identifier_preparer.quote
    new = {name: f"fresh.{quote(name)}" if arrays else f":c_{name}" for name in columns}
    if keep:
        new[keep] = f"COALESCE({new[keep]}, {quote(table.name)}.{quote(keep)})"
    changes = ", ".join(f"{quote(name)} = {value}" for name, value in new.items())
    guards = "".join(f" AND {quote(table.name)}.{quote(name)} = :g_{name}" for name in guard)
    if not arrays:
        return text(f"UPDATE {quote(table.name)} SET {changes} WHERE id = :c_id{guards}")  # noqa: S608  (our names)
    names = ("id", *columns)
    casts = ", ".join(f"CAST(:c_{name} AS {table.c[name].type.compile(dialect)}[])" for name in names)
    given = f"unnest({casts}) AS fresh({', '.join(map(quote, names))})"
    return text(
        f"UPDATE {quote(table.name)} SET {changes} FROM {given} WHERE {quote(table.name)}.id = fresh.id{guards}"  # noqa: S608
    )


@cache
def _postgresql() -> Dialect:
    """Loaded by who needs it: a gateway on SQLite spares 2 MB in each process."""
    from sqlalchemy.dialects import postgresql

    return postgresql.dialect()  # type: ignore[no-untyped-call]
