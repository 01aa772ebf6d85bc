"""Migrations: run by several processes at once, the same as the tables, and a newer schema is refused."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from ledger import schema
from ledger.schema import WrongSchema
from ledger.store import Store, open_engine
from ledger.tables import metadata
from tests.ledger.material import make_vault
from tests.ledger.racing import race


def _upgrade(meet, url):
    engine = open_engine(url)
    meet()
    return schema.upgrade(engine)


def test_two_processes_upgrade_at_once(ledger_url: str) -> None:
    assert set(race(_upgrade, (ledger_url,), (ledger_url,))) == {schema.known_versions()[0]}
    schema.require_current(open_engine(ledger_url))


def test_migrations_make_the_tables_that_the_program_knows(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_migrations_make_the_same_indexes(store: Store, tmp_path) -> None:
    """Also what Alembic does not compare: the conditions of partial indexes."""
    fresh = open_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    metadata.create_all(fresh)
    if store.engine.dialect.name == "sqlite":
        query = text("SELECT name, replace(sql, '\"', '') FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        with fresh.connect() as one, store.engine.connect() as other:
            assert set(one.execute(query).all()) == set(other.execute(query).all())
    else:
        columns = {
            (index["name"], tuple(index["column_names"]))
            for table in metadata.tables for index in inspect(store.engine).get_indexes(table)
        }  # fmt: skip
        wanted = {i for table in metadata.tables.values() for i in table.indexes}
        assert columns >= {(index.name, tuple(column.name for column in index.columns)) for index in wanted}


def test_a_ledger_without_a_schema_is_refused(ledger_url: str) -> None:
    with pytest.raises(WrongSchema, match="tsur db upgrade"):
        schema.require_current(open_engine(ledger_url))


def test_a_newer_schema_is_refused(store: Store) -> None:
    with store.write() as tx:
        tx.run(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WrongSchema, match="newer version"):
        schema.require_current(store.engine)


def test_upgrading_twice_changes_nothing(url: str) -> None:
    store = Store(open_engine(url), make_vault())
    assert schema.upgrade(store.engine) == schema.upgrade(store.engine)


def test_the_claims_are_served_by_their_partial_indexes(store: Store) -> None:
    """A bound word would prove nothing to a planner that plans once for all values."""
    if store.engine.dialect.name == "sqlite":
        pytest.skip("shown by the plan of PostgreSQL, which both engines' statements share")
    from sqlalchemy import select

    from ledger.tables import delivery, document

    with store.read() as tx:
        for query, index in (
            (select(document.c.id).where(document.c.state == "received").order_by(document.c.urgency, document.c.id),
             "document_claimable"),
            (select(delivery.c.id).where(delivery.c.system == "gkh", delivery.c.state == "waiting")
             .order_by(delivery.c.urgency, delivery.c.id), "delivery_lane"),
        ):  # fmt: skip
            sql = str(query.compile(store.engine, compile_kwargs={"literal_binds": False}))
            assert "state = '" in sql
            tx.run(text("SET enable_seqscan = off"))
            literal = str(query.compile(store.engine, compile_kwargs={"literal_binds": True}))
            plan = "\n".join(tx.run(text("EXPLAIN " + literal)).scalars())
            assert index in plan and "Sort" not in plan
