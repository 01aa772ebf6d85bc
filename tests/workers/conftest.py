"""Workers of the test's own, on both engines."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.bootstrap import make_runtime, open_parts, read_files
from gateway.settings import read_settings
from ledger import leases, schema
from ledger.store import Store, open_engine
from ledger.vault import Vault
from stand.server import start
from tests.workers.quay import Quay
from tests.workers.square import Square, make_site
from tests.workers.talk import HARNESS, SUPPLEMENT, TALK, Talk
from workers.activation import activate

ROOT = Path(__file__).parents[2]


@pytest.fixture
def talk(tmp_path: Path, ledger_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    for name in ("CHANNEL_URL", "RECIPIENT_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("TSUR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TSUR_DATABASE_URL", ledger_url)
    monkeypatch.setenv("TSUR_REDIS_URL", redis_url)
    parts = open_parts(read_settings(), upgrade=True)
    recipient = read_files(HARNESS)["systems/recipient.yaml"].replace("  forward:\n", SUPPLEMENT + "  forward:\n")
    with parts.store.write() as tx:
        files = read_files(HARNESS)
        topics = files["topics.yaml"] + "urgent:\n  life:\n    - пахн* газом\n"
        more = {"systems/talk.yaml": TALK, "systems/recipient.yaml": recipient, "topics.yaml": topics}
        activate(tx, files | more, "test")
    runtime = make_runtime(parts, "worker")
    runtime.start()
    yield Talk(runtime)
    runtime.stop()
    parts.store.close()


@pytest.fixture
def quay(tmp_path: Path, ledger_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Quay]:
    with start() as stand:
        for name, value in stand.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TSUR_STATE_DIR", str(tmp_path / "state"))
        monkeypatch.setenv("TSUR_DATABASE_URL", ledger_url)
        monkeypatch.setenv("TSUR_REDIS_URL", redis_url)
        parts = open_parts(read_settings(), upgrade=True)
        with parts.store.write() as tx:
            activate(tx, read_files(ROOT / "mappings"), "test")
        runtime = make_runtime(parts, "worker")
        runtime.start()
        yield Quay(runtime, stand)
        runtime.stop()
        parts.store.close()


@pytest.fixture
def make_square(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Square]]:
    """For a route such as `to: [first, second]`; on both engines."""
    for name in ("CHANNEL_URL", "RECIPIENT_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    schema.upgrade(engine := open_engine(ledger_url))
    store = Store(engine, Vault({"k1": b"k" * 32}, "k1", b"s" * 32))
    yield lambda route, **more: Square(store, leases.take_lease(store, "worker"), make_site(route, **more))
    store.close()
