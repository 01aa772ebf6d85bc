"""What the ledger costs per full cycle of one appeal, in CPU of the client and of the server.

    python bench/ledger.py [POSTGRES_URL] [--cycles 2000] [--batch 64]

One cycle: the appeal is recorded, claimed and decided (case, appeal, assignment, obligation, 12 candidates,
forward), the forward is sent and its receipt kept, the answer is recorded, claimed and decided, and sent back:
about 40 row operations. Without a URL a private PostgreSQL is started. SQLite's server is the client itself.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import event, text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from gateway.engines.postgres import start_postgres
from ledger import audit, candidates, cases, deliveries, documents, leases, schema
from ledger.documents import Ending
from ledger.store import DECIDE, Lease, Store, open_engine
from ledger.tables import appeal, assignment, obligation
from ledger.tables import cases as case_table
from tests.ledger.material import answer_case, forward, letter, make_vault, open_case, tell

KEYS = 12


class Meter:
    """CPU seconds of client and server by step, and statements."""

    def __init__(self, store: Store) -> None:
        self.client: dict[str, float] = {}
        self.server: dict[str, float] = {}
        self.statements = 0
        event.listen(store.engine, "before_cursor_execute", self._count)
        with store.engine.connect() as connection:
            postgres = connection.dialect.name == "postgresql"
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar() if postgres else None
        self._backend = psutil.Process(pid) if pid and psutil.pid_exists(pid) else None

    def _count(self, *_: Any) -> None:
        self.statements += 1

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        mine, theirs = time.process_time(), self._of_backend()
        yield
        self.client[name] = self.client.get(name, 0) + time.process_time() - mine
        self.server[name] = self.server.get(name, 0) + self._of_backend() - theirs

    def _of_backend(self) -> float:
        return sum(self._backend.cpu_times()[:2]) if self._backend else 0.0


def cycle(store: Store, lease: Lease, meter: Meter, first: int, batch: int) -> None:
    numbers = range(first, first + batch)
    with meter.step("1 record"), store.write() as tx:
        documents.record(tx, [("vk", letter(str(number), revision="1")) for number in numbers])
    with meter.step("2 claim"), store.write(lease) as tx:
        claimed = documents.claim(tx, lease, batch)
    with meter.step("3 decide"), store.write(lease, lock=DECIDE) as tx:
        opened = _decide(tx, lease, claimed)
    _deliver(store, lease, meter, "gkh", "4 forward")
    with meter.step("5 record answer"), store.write() as tx:
        documents.record(tx, [("gkh", letter(f"n{number}", revision="1")) for number in numbers])
    with meter.step("6 claim answer"), store.write(lease) as tx:
        answered = documents.claim(tx, lease, batch)
    with meter.step("7 hear"), store.write(lease, lock=DECIDE) as tx:
        _hear(tx, lease, answered, opened)
    _deliver(store, lease, meter, "vk", "8 answer")
    with meter.step("9 seal"):
        audit.seal_new(store, b"a" * 32)


class _Drafted:
    """A transaction that keeps plain inserts until the end and makes one statement per table of them."""

    is_postgres = False  # plain inserts, which `run` sees

    def __init__(self, tx: Any) -> None:
        self._tx, self.rows = tx, {}  # type: ignore[var-annotated]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def run(self, statement: Any, rows: Any = None) -> Any:
        if getattr(statement, "is_insert", False) and rows is not None:
            self.rows.setdefault(statement.table, []).extend(rows)
            return None
        return self._tx.run(statement, rows)

    def write(self) -> None:
        for table, rows in self.rows.items():
            cases.insert(self._tx, table, rows)


def _decide(tx: Any, lease: Lease, claimed: list[Any]) -> list[dict[str, str]]:
    cases.find_appeals(tx, [(one.system, one.external_id) for one in claimed])
    keys = {one.id: [hash((one.external_id, number)) for number in range(KEYS)] for one in claimed}
    candidates.find(tx, [key for some in keys.values() for key in some], 0)
    drafted, opened = _Drafted(tx), []
    for one in claimed:
        opened.append(open_case(drafted, one.external_id))  # type: ignore[arg-type]
    drafted.write()
    pairs = zip(claimed, opened, strict=True)
    candidates.add(tx, [(key, ids["appeal"]) for one, ids in pairs for key in keys[one.id]])
    deliveries.add(tx, [forward(tx, ids) for ids in opened])
    endings = [Ending(one.id, "done", "opened", ids["appeal"]) for one, ids in zip(claimed, opened, strict=True)]
    documents.finish(tx, lease, endings, {}, "c0")
    return opened


def _hear(tx: Any, lease: Lease, claimed: list[Any], opened: list[dict[str, str]]) -> None:
    of = [ids["case"] for ids in opened]
    cases.find_filings(tx, "gkh", [], [one.external_id for one in claimed])
    cases.lock(tx, of)
    cases.list_answers(tx, of, [])
    for table in (appeal, obligation, assignment):
        cases.load_of_case(tx, table, of)
    drafted, changes, rows = _Drafted(tx), [], []
    for ids in opened:
        changes.append((assignment, ids["assignment"], {"state": "answered"}))
        changes.append((case_table, ids["case"], {"changed_at": tx.now}))
        changes.append((appeal, ids["appeal"], {"state": "answered"}))
        rows.append(tell(tx, ids, cause=answer_case(drafted, ids)))  # type: ignore[arg-type]
    drafted.write()
    cases.change_all(tx, changes)
    deliveries.add(tx, rows)
    documents.finish(tx, lease, [Ending(one.id, "done", "answered") for one in claimed], {}, "c0")


def _deliver(store: Store, lease: Lease, meter: Meter, system: str, name: str) -> None:
    while True:
        with meter.step(name), store.write(lease) as tx:
            rows = deliveries.claim(tx, lease, system, 16)
        if not rows:
            return
        with meter.step(name), store.write(lease) as tx:
            deliveries.mark_sending(tx, lease, {row.id: b"{}" * 300 for row in rows}, "c0")
        with meter.step(name), store.write(lease) as tx:
            outcomes = [deliveries.Outcome(row.id, "delivered", number=f"n{row.id}") for row in rows]
            deliveries.finish(tx, lease, {row.id: row for row in rows}, outcomes)


def measure(url: str, cycles: int, batch: int, say: Callable[[str], None] = print) -> None:
    engine = open_engine(url, pool_size=1)
    schema.upgrade(engine)
    store = Store(engine, make_vault())
    lease, meter = leases.take_lease(store, "worker"), Meter(store)
    cycle(store, lease, Meter(store), 10**9, batch)
    meter.statements, began = 0, time.monotonic()
    for first in range(0, cycles, batch):
        leases.beat(store, lease)
        cycle(store, lease, meter, first, batch)
    number = (cycles + batch - 1) // batch * batch
    say(f"\n{engine.dialect.name}: µs of CPU per cycle, batches of {batch}")
    for step in sorted(meter.client):
        mine, theirs = (cost[step] / number * 1e6 for cost in (meter.client, meter.server))
        say(f"  {step:16} client {mine:6.0f}  server {theirs:6.0f}")
    client, server = sum(meter.client.values()) / number * 1e6, sum(meter.server.values()) / number * 1e6
    say(f"  {'all':16} client {client:6.0f}  server {server:6.0f}  together {client + server:.0f}")
    took = (time.monotonic() - began) / number * 1e6
    say(f"  {meter.statements / number:.2f} statements, {took:.0f} µs of time per cycle")
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("url", nargs="?", help="an empty PostgreSQL database on this machine")
    parser.add_argument("--cycles", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=64)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        measure(f"sqlite:///{folder / 'ledger.db'}", given.cycles, given.batch)
        if given.url:
            measure(given.url, given.cycles, given.batch)
        else:
            with start_postgres(folder / "postgres", durable=False) as server:
                measure(server.url, given.cycles, given.batch)


if __name__ == "__main__":
    main()
