"""Which SQLite is sound is a table of releases."""

import sqlite3

import pytest

from gateway.engines.sqlite import check_sqlite


@pytest.mark.parametrize("version", [(3, 51, 3), (3, 52, 0), (4, 0, 0), (3, 50, 7), (3, 44, 6), (3, 44, 9)])
def test_repaired_releases_pass(version: tuple[int, int, int]) -> None:
    assert check_sqlite(version) is None


@pytest.mark.parametrize("version", [(3, 51, 2), (3, 50, 6), (3, 45, 9), (3, 44, 5), (3, 40, 1)])
def test_others_are_warned_of_with_a_remedy(version: tuple[int, int, int]) -> None:
    warning = check_sqlite(version)
    assert warning is not None
    assert "WAL-reset" in warning and "PostgreSQL" in warning


def test_without_a_version_it_is_that_of_this_python() -> None:
    assert check_sqlite() == check_sqlite(sqlite3.sqlite_version_info)
