"""Every test of this folder runs on both engines: an SQLite file and a real PostgreSQL."""

from collections.abc import Iterator

import pytest

from ledger import leases, schema
from ledger.store import Lease, Store, open_engine
from tests.ledger.material import make_vault


@pytest.fixture
def url(ledger_url: str) -> str:
    """A ledger of this test alone, with its schema."""
    engine = open_engine(ledger_url)
    schema.upgrade(engine)
    engine.dispose()
    return ledger_url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store(open_engine(url), make_vault())
    yield store
    store.close()


@pytest.fixture
def lease(store: Store) -> Lease:
    return leases.take_lease(store, "worker")
