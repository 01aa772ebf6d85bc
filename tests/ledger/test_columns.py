"""Whatever a column may hold comes back from PostgreSQL as it was given."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from ledger.store import open_engine
from tests.databases import Databases

TEXTS = st.lists(st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
NUMBERS = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1))
KINDS = {
    "TEXT": TEXTS, "BIGINT": NUMBERS, "BYTEA": st.lists(st.none() | st.binary()),
    "BOOLEAN": st.lists(st.none() | st.booleans()), "DOUBLE PRECISION": st.lists(st.floats(allow_nan=False)),
}  # fmt: skip


@pytest.fixture(scope="module")
def connection(databases: Databases) -> Iterator[Connection]:
    with databases.fresh() as url:
        engine = open_engine(url)
        with engine.connect() as opened:
            yield opened
        engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_comes_back_as_it_was(connection: Connection, kind: str) -> None:
    @given(KINDS[kind])
    @settings(max_examples=60, deadline=None)
    def check(column: list[Any]) -> None:
        read = connection.execute(text(f"SELECT CAST(:c AS {kind}[])"), {"c": column}).scalar_one()
        assert [bytes(value) if isinstance(value, memoryview) else value for value in read] == column

    check()


@pytest.mark.parametrize("odd", ["NULL", '"', "\\", "{a,b}", " край ", "", "\n", "'; DROP TABLE appeal; --"])
def test_what_looks_like_an_array_is_only_text(connection: Connection, odd: str) -> None:
    read = connection.execute(text("SELECT CAST(:c AS TEXT[])"), {"c": [odd, None, odd]}).scalar_one()
    assert read == [odd, None, odd]


def test_a_value_of_no_column_is_refused(connection: Connection) -> None:
    with pytest.raises(TypeError, match="a column of dict"):
        connection.execute(text("SELECT CAST(:c AS TEXT[])"), {"c": [{}]})
    connection.rollback()
