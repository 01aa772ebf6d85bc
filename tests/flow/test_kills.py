"""Processes die and freeze in the middle of the demo: nothing is lost, nothing is done twice.

Judged by the stands' own books. Every kill is a kill -9; what dies is started again by the supervisor, as `tsur up`
does it.
"""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP

import pytest

from tests.flow.house import House, assert_whole, open_house

#: Residents answered when the blow falls. Filings, answers and their receipts are all under way by then.
EARLY, LATE = 10, 70
#: Longer than a lease: meanwhile the work went to others, and the frozen worker wakes up with old claims in hand.
FROZEN_S = 10


def run_through(house: House, *blows: tuple[int, Sequence[str]]) -> None:
    """The demo's appeals; at each blow (residents answered until then) these processes are killed."""
    for name in ("city_app", "hotline", "portal", "teplo"):
        house.switch(name, sending={"resend": 0.1})  # acknowledged, and sent once more all the same
    expected = house.send_demo()
    for answered, names in blows:
        house.wait(lambda seen=answered: house.answered() >= seen, f"{answered} answered")  # type: ignore[misc]
        assert house.answered() < expected, "the blow came too late to hit anything"
        house.signal(SIGKILL, *names)
    house.settle(expected)
    assert_whole(house.judge(), expected)


@pytest.mark.parametrize("name", ["web", "worker-1", "sweeper", "redis"])
def test_a_killed_process_loses_and_doubles_nothing(tmp_path: Path, name: str) -> None:
    with open_house(tmp_path) as house:
        before = house.pid(name)
        run_through(house, (0, [name]), (EARLY, [name]), (LATE, [name]))
        assert house.pid(name) != before


def test_all_killed_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    everything = ["web", "worker-1", "sweeper", "redis"]
    with open_house(tmp_path) as house:
        run_through(house, (EARLY, everything), (LATE, everything))


def stop_outside_its_turn(house: House, name: str) -> None:
    """One that is stopped while it writes to an SQLite file makes everybody wait, and nothing goes to others."""
    house.signal(SIGSTOP, name)
    while not can_write(house):
        house.signal(SIGCONT, name)
        time.sleep(0.05)
        house.signal(SIGSTOP, name)


def can_write(house: House) -> bool:
    url = house.store.engine.url
    if url.get_backend_name() != "sqlite":
        return True
    with closing(sqlite3.connect(str(url.database), timeout=1, isolation_level=None)) as raw:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
    return True


def freeze(house: House, name: str) -> None:
    stop_outside_its_turn(house, name)
    try:
        time.sleep(FROZEN_S)
    finally:
        house.signal(SIGCONT, name)


def run_with_a_freeze(house: House, name: str) -> None:
    expected = house.send_demo()
    house.wait(lambda: house.answered() >= EARLY, f"{EARLY} answered")
    freeze(house, name)
    house.settle(expected)
    assert_whole(house.judge(), expected)
    log = house.read_log(name)
    assert "fenced" in log or "lease" in log, "the frozen worker never noticed that its work went to others"


def test_a_worker_frozen_for_longer_than_its_lease_does_nothing_twice(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        run_with_a_freeze(house, "worker-1")


def test_two_workers_on_postgresql_survive_a_kill_and_a_freeze(tmp_path: Path, postgres_url: str) -> None:
    with open_house(tmp_path, workers=2, database_url=postgres_url) as house:
        expected = house.send_demo()
        house.wait(lambda: house.answered() >= EARLY, f"{EARLY} answered")
        house.signal(SIGKILL, "worker-1")
        house.watch()
        freeze(house, "worker-2")
        house.settle(expected)
        assert_whole(house.judge(), expected)
