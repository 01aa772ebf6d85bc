"""Ack only after the commit, and a kill between the two loses and doubles nothing. With the real ledger."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.contract import Batch
from ledger import schema
from ledger.store import Store, open_engine
from ledger.tables import document
from ledger.vault import Vault
from tests.adapters.contract.subject import wait_for
from tests.adapters.test_smev import Ministry, ministry, signer
from workers.receive import _poll
from workers.runtime import Runtime
from workers.wake import Waker, make_broker

__all__ = ["ministry", "signer"]


class Killed(BaseException):
    """As abrupt as a kill -9: nothing of ours catches it."""


@pytest.fixture
def runtime(tmp_path: Path, redis_url: str, ministry: Ministry) -> Iterator[Runtime]:
    engine = open_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    schema.upgrade(engine)
    store = Store(engine, Vault({"k1": b"k" * 32}, "k1", b"s" * 32))
    made = Runtime(store, Waker(make_broker(redis_url)), lambda _: ministry.tools())
    made.start()
    yield made
    made.stop()
    store.close()


def rows(runtime: Runtime) -> dict[str, int]:
    """External id → copies that came again."""
    with runtime.store.read() as tx:
        return {row[0]: row[1] for row in tx.run(select(document.c.external_id, document.c.copies))}


def acknowledged(ministry: Ministry) -> list[str]:
    return [one["id"] for one in ministry.book()["effects"] if one["effect"] == "acknowledged"]


def test_a_kill_between_commit_and_ack(runtime: Runtime, ministry: Ministry, monkeypatch: pytest.MonkeyPatch) -> None:
    ministry.control(visibility=0.3)
    adapter: Any = ministry.build()
    adapter.deliver(ministry.delivery("k-1"))

    def die(batch: Batch) -> None:
        if batch.documents:
            raise Killed

    def poll_to_death() -> bool:
        try:
            _poll(runtime, "smev_ministry", adapter)
        except Killed:
            return True
        return False

    with monkeypatch.context() as patch:
        patch.setattr(adapter, "confirm", die)
        wait_for(poll_to_death)
    before = rows(runtime)
    assert before
    assert not set(before) & set(acknowledged(ministry)), "acknowledged before it was known to be kept"

    def come_again() -> bool:
        _poll(runtime, "smev_ministry", adapter)
        return set(before) <= set(acknowledged(ministry))

    wait_for(come_again)
    assert all(rows(runtime)[name] >= 1 for name in before), "recognised as copies, not as new documents"
    assert len(acknowledged(ministry)) == len(set(acknowledged(ministry)))
