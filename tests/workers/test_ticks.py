"""A tick that was claimed is ended, whatever happens between; what cannot be given back is freed with its lease."""

from typing import Any

import pytest

from ledger import lanes, leases
from ledger.tables import document, schedule
from tests.ledger.material import silence
from tests.waiting import wait_for
from tests.workers.talk import Talk
from workers import decide
from workers.ticks import AFTER_FAILURE_MS, ticking

HOUR_MS = 3_600_000


def plan(talk: Talk) -> None:
    with talk.runtime.store.write() as tx:
        lanes.plan_ticks(tx, ["clean"])


def read_tick(talk: Talk) -> tuple[str | None, int]:
    """Who holds it, and in how many milliseconds it is due."""
    with talk.runtime.store.read() as tx:
        row = tx.run(schedule.select().where(schedule.c.name == "clean")).one()
        return row.worker, row.due_at - tx.now


def test_a_tick_comes_again_after_its_pause(talk: Talk) -> None:
    plan(talk)
    with ticking(talk.runtime, talk.runtime.lease, "clean", HOUR_MS) as tick:
        assert tick.mine
        with ticking(talk.runtime, talk.runtime.lease, "clean", HOUR_MS) as other:
            assert not other.mine
        assert read_tick(talk)[0] == talk.runtime.lease.id
    holder, pause = read_tick(talk)
    assert holder is None
    assert HOUR_MS - 60_000 < pause <= HOUR_MS


def test_a_tick_whose_work_failed_is_free_and_comes_again_soon(talk: Talk) -> None:
    plan(talk)
    with pytest.raises(ZeroDivisionError), ticking(talk.runtime, talk.runtime.lease, "clean", HOUR_MS):
        raise ZeroDivisionError
    holder, pause = read_tick(talk)
    assert holder is None
    assert pause <= AFTER_FAILURE_MS


def test_a_tick_that_cannot_be_ended_is_freed_when_its_lease_is_buried(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(talk)
    mine = talk.runtime.lease
    with monkeypatch.context() as broken, pytest.raises(ConnectionError):
        broken.setattr(lanes, "end_tick", lose_the_database)
        with ticking(talk.runtime, mine, "clean", HOUR_MS):
            pass
    assert mine.fenced
    silence(talk.runtime.store, mine)
    assert leases.bury(talk.runtime.store) == [mine.id]
    assert read_tick(talk)[0] is None


def test_documents_of_a_batch_that_cannot_even_be_given_up_are_freed(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.say("1", "Здравствуйте, на Ленина 5 не горит фонарь", chat=None)
    mine = talk.runtime.lease
    with monkeypatch.context() as broken, pytest.raises(ConnectionError):
        broken.setattr(decide, "_decide_all", lose_the_database)
        decide.decide_batch(talk.runtime)
    assert mine.fenced
    silence(talk.runtime.store, mine)
    assert leases.bury(talk.runtime.store) == [mine.id]
    with talk.runtime.store.read() as tx:
        assert [(row.state, row.worker) for row in tx.run(document.select())] == [("received", None)]


def test_a_worker_that_finds_no_database_for_its_new_lease_tries_again(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = talk.runtime.lease
    take, failures = leases.take_lease, iter([True, True])

    def take_at_last(*given: Any) -> Any:
        if next(failures, False):
            raise ConnectionError
        return take(*given)

    monkeypatch.setattr(leases, "take_lease", take_at_last)
    old.fenced = True
    wait_for(lambda: talk.runtime.lease is not old, 20)
    assert next(failures, None) is None
    assert not talk.runtime.lease.fenced
    with talk.runtime.store.write(talk.runtime.lease):
        pass


def lose_the_database(*_: object) -> None:
    raise ConnectionError
