"""Fixtures for every room: real engines, shared by the whole run, fresh for each test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis as redis_client

from gateway.engines.postgres import start_postgres
from gateway.engines.redis import start_redis
from tests.databases import Databases

#: Where the run's servers live: the name tells which run, so that a later one can tidy up after a killed one.
FOLDERS = "tsur-tests-"


@pytest.fixture(scope="session")
def engines_folder() -> Iterator[Path]:
    """Short and open to all, unlike pytest's own: PostgreSQL runs as another user when we are root."""
    _tidy_up()
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDERS}{os.getpid()}-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _tidy_up() -> None:
    for old in Path("/tmp").glob(f"{FOLDERS}*-*"):
        if not psutil.pid_exists(int(old.name.split("-")[2])):
            shutil.rmtree(old, ignore_errors=True)


@pytest.fixture(scope="session")
def databases(engines_folder: Path) -> Iterator[Databases]:
    """Makes databases in the PostgreSQL of TSUR_TEST_POSTGRES_URL, else in one started for this run.

    Its server never waits for the disk: what the tests kill are our processes, not the server.
    """
    if given := os.environ.get("TSUR_TEST_POSTGRES_URL"):
        yield Databases(given)
        return
    with start_postgres(engines_folder / "postgres", durable=False) as server:
        yield Databases(server.url)


@pytest.fixture
def postgres_url(databases: Databases) -> Iterator[str]:
    """An empty database of the test's own."""
    with databases.fresh() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """The test runs on both engines, each time with an empty database of its own."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def redis_server(engines_folder: Path) -> Iterator[str]:
    with start_redis(engines_folder / "redis") as server:
        yield server.url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """An empty Redis. Tests that stop theirs start one with `start_redis(tmp_path)`."""
    with redis_client.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server
