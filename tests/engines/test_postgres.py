"""The embedded PostgreSQL is a real one, each test's database is its own, and it dies with whoever started it."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from gateway.engines import postgres_software as software
from gateway.engines.child import EngineError
from gateway.engines.postgres import start_postgres
from gateway.engines.unprivileged import unprivileged_user
from ledger.store import open_engine
from tests.databases import Databases
from tests.engines.mortal import Mortal
from tests.waiting import wait_for

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root must change its user")


@pytest.fixture
def folder(engines_folder: Path) -> Iterator[Path]:
    """Where the unprivileged user can go, unlike `tmp_path`."""
    place = engines_folder / "own"
    place.mkdir()
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def test_every_test_gets_an_empty_database(databases: Databases) -> None:
    with databases.fresh() as first, databases.fresh() as second:
        with psycopg.connect(first) as connection:
            connection.execute("CREATE TABLE mark (id int)")
        with psycopg.connect(second) as connection:
            assert connection.execute("SELECT to_regclass('mark')").fetchone() == (None,)


def test_a_database_ends_even_while_someone_is_connected(databases: Databases) -> None:
    with databases.fresh() as url:
        left_open = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")


def test_the_ledger_opens_its_url(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    engine.dispose()


def test_it_keeps_its_data_over_a_stop_and_needs_no_port(folder: Path) -> None:
    with start_postgres(folder) as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")
        assert not psutil.Process(server.process.pid).net_connections("inet")
    with start_postgres(folder) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT id FROM kept").fetchone() == (1,)


def test_it_dies_with_a_killed_parent(folder: Path) -> None:
    parent = Mortal(f"from gateway.engines.postgres import start_postgres as start\nfolder = {str(folder)!r}")
    server = psutil.Process(parent.server)
    family = [server, *server.children()]
    parent.kill()
    wait_for(lambda: not any(process.is_running() for process in family))


@as_root
def test_root_runs_it_as_nobody(folder: Path) -> None:
    with start_postgres(folder, durable=False) as server:
        assert psutil.Process(server.process.pid).uids().effective == unprivileged_user()


@as_root
def test_programs_that_only_root_can_reach_are_copied(folder: Path, tmp_path: Path) -> None:
    packages = software.find_postgres().parents[2]
    for part in (software.WHEEL, f"{software.WHEEL}.libs"):
        shutil.copytree(packages / part, tmp_path / part, symlinks=True)  # tmp_path is private, as /root is
    copy = software.readable(tmp_path / software.WHEEL / "pginstall" / "bin", folder)
    assert copy.is_relative_to(folder)
    for program in software.NEEDED:
        words = [str(copy / program), "--version"]
        shown = subprocess.run(words, user="nobody", capture_output=True, text=True, check=True)
        assert "(PostgreSQL)" in shown.stdout


@as_root
def test_a_folder_out_of_reach_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"cannot reach .*choose a folder"):
        start_postgres(tmp_path / "below" / "postgres")


def test_a_folder_too_deep_for_a_socket_gets_a_short_one(folder: Path) -> None:
    deep = folder / ("a" * 110)
    with start_postgres(deep, durable=False) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_failure_shows_the_end_of_the_log(folder: Path) -> None:
    start_postgres(folder, durable=False).stop()
    (folder / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EngineError, match="no_such_setting"):
        start_postgres(folder, durable=False)


def test_no_server_at_all_names_the_ways_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(software, "WHEEL", "no_such_wheel")
    monkeypatch.setattr(software, "SYSTEM", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="TSUR_TEST_POSTGRES_URL"):
        software.find_postgres()


def test_a_pid_file_left_by_a_killed_server_is_not_taken_for_an_answer(folder: Path) -> None:
    server = start_postgres(folder, durable=False)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    with start_postgres(folder, durable=False) as again, psycopg.connect(again.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
