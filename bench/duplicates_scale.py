"""What finding duplicates costs as the ledger grows: time per decision, candidates compared, memory, disk.

    python bench/duplicates_scale.py [--appeals FILE.csv …] [--sizes 10000 100000 1000000] [--postgres]
                                     [--decisions 500] [--folder DIR]

Texts are real ones recombined: sentences of two or three appeals, so that words, things and names are as frequent as in
life. So many distinct ones are read (--pool); the ledger is filled with their features under ever new addresses (4,000
streets, some far more frequent than others; 150 houses each) and persons, all within the window of 30 days. Each
measured decision is of a text that was not seen: it is read, then in one transaction of its own candidates are found
and chosen, loaded, compared, the appeal with its case and keys is inserted and committed.
"""

import argparse
import csv
import gc
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import mean, quantiles

import psutil
from sqlalchemy import func, select, text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from canonical.appeal import Appeal
from canonical.clean import squeeze
from canonical.clean_html import html_to_text
from canonical.ids import make_id
from gateway.commands.evaluating import load_policy
from gateway.engines.postgres import start_postgres
from ledger import candidates, cases, schema
from ledger.store import DECIDE, Store, Tx, open_engine
from ledger.tables import appeal, candidate
from ledger.tables import cases as case_table
from router.duplicates import Candidate, Features
from router.policy import Policy
from tests.ledger.material import make_vault

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "appeals" / "train.csv"
STREETS, HOUSES, CHUNK = 4000, 150, 1000
KEY = b"bench"
_PLACED = 0.6  # of real texts so many name a street or house
BODY = b"\0" * 600


class Town:
    """Texts and places by chance; the same seed gives the same town."""

    def __init__(self, paths: Sequence[Path], seed: int) -> None:
        self.chance = random.Random(seed)
        texts = []
        for path in paths:
            with path.open(encoding="utf-8", newline="") as file:
                texts += [squeeze(html_to_text(row["text"])) for row in csv.DictReader(file)]
        self.sentences = [[one.strip() for one in text.split(".") if len(one) > 15] or [text] for text in texts]

    def pick_place(self) -> tuple[int, int]:
        """A few streets have most of the appeals."""
        return min(int(self.chance.paretovariate(0.8)), STREETS), self.chance.randint(1, HOUSES)

    def write(self) -> str:
        parts = [self.chance.choice(one) for one in self.chance.sample(self.sentences, self.chance.randint(2, 3))]
        return ". ".join(parts)[:3000]


def read(policy: Policy, words: str, person: int, at: datetime) -> Features:
    new = policy.enrich(Appeal(text=words, created_at=at), "pos")
    return policy.make_features(new, "pos", (f"phone:{person}",), KEY)


def vary(town: Town, one: Features, at: datetime) -> Features:
    """The same text at another place by another person."""
    street, house = town.pick_place()
    placed = town.chance.random() < _PLACED
    return replace(
        one, at=at.timestamp(), persons=(town.chance.getrandbits(20) + (1 << 50),),
        streets=(street + (1 << 40),) if placed else (),
        houses=(street * 1000 + house + (1 << 41),) if placed else (),
        yards=(street * 1000 + house + (1 << 42),) if placed else (),
    )  # fmt: skip


def insert(tx: Tx, ones: Sequence[Features]) -> None:
    rows, opened, keys = [], [], []
    for one in ones:
        name, case = make_id("a"), make_id("c")
        opened.append({"id": case, "state": "routed", "appeal_id": name, "urgency": 2, "appeals": 1, "reopened": 0,
                       "opened_at": tx.now, "changed_at": tx.now})  # fmt: skip
        rows.append({
            "id": name, "system": "pos", "external_id": name, "state": "open", "legal_kind": "message", "urgency": 2,
            "case_id": case, "document_id": make_id("d"), "created_at": tx.now, "received_at": tx.now,
            "deleted": False, "edits": 0, "features": one.dump(), "body": BODY,
        })  # fmt: skip
        keys += [(key, name) for key in one.keys]
    cases.insert(tx, case_table, opened)
    cases.insert(tx, appeal, rows)
    candidates.add(tx, keys)


def fill(store: Store, town: Town, pool: Sequence[Features], size: int) -> None:
    with store.read() as tx:
        known = tx.run(select(func.count()).select_from(appeal)).scalar_one()
    now = datetime.now(UTC)
    with _hurry(store):
        for first in range(known, size, CHUNK):
            with store.write() as tx:
                at = [now - timedelta(days=29 * town.chance.random()) for _ in range(min(CHUNK, size - first))]
                insert(tx, [vary(town, town.chance.choice(pool), moment) for moment in at])


@contextmanager
def _hurry(store: Store) -> Iterator[None]:
    """Only while filling: a big cache and no waiting for the disk."""
    if store.engine.dialect.name != "sqlite":
        yield
        return
    with store.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("COMMIT") if raw.in_transaction else None
        for pragma in ("cache_size=-800000", "synchronous=OFF"):
            raw.execute(f"PRAGMA {pragma}")
    yield
    store.engine.dispose()


class Meter:
    def __init__(self) -> None:
        self.took: dict[str, list[float]] = {}
        self.cpu: dict[str, list[float]] = {}
        self.compared: list[int] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began, busy = time.perf_counter(), time.thread_time()
        yield
        self.took.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        self.cpu.setdefault(name, []).append((time.thread_time() - busy) * 1000)


def decide(store: Store, policy: Policy, meter: Meter, town: Town, person: int) -> str:
    with meter.step("read the text"):
        new = read(policy, town.write(), person, datetime.now(UTC))
    new = vary(town, new, datetime.now(UTC))
    with meter.step("decide and insert"), store.write(lock=DECIDE) as tx:
        with meter.step("  find and load"):
            since = tx.now - round(policy.duplicates.window.total_seconds() * 1000)
            found = candidates.find(tx, new.keys, since)
            rows = candidates.load(tx, candidates.choose(found, new.keys))
        with meter.step("  compare"):
            near = [Candidate(row.id, row.case_id, Features.load(row.features)) for row in rows.values()]
            judged = policy.judge(new, near)
        with meter.step("  insert"):
            insert(tx, [new])
    meter.compared.append(len(near))
    return judged.outcome


def measure(store: Store, policy: Policy, town: Town, size: int, number: int) -> None:
    meter, outcomes = Meter(), []
    gc.freeze()  # what fills the ledger is no part of a worker's memory
    before = psutil.Process().memory_info().rss
    for person in range(number + 20):
        outcomes.append(decide(store, policy, meter if person >= 20 else Meter(), town, person))
    rss = (psutil.Process().memory_info().rss - before) / 1e6
    with store.read() as tx:
        keys = tx.run(select(func.count()).select_from(candidate)).scalar_one()
        disk = _weigh(tx, store)
    print(f"\n{store.engine.dialect.name}, {size:,} appeals: {keys / size:.1f} keys each, {disk / 1e9:.2f} GB, "
          f"{rss:+.0f} MB of memory by these decisions")  # fmt: skip
    for name, took in meter.took.items():
        cuts = quantiles(took, n=100)
        busy = quantiles(meter.cpu[name], n=100)
        print(
            f"  {name:18} p50 {cuts[49]:6.2f} ms   p99 {cuts[98]:6.2f} ms   our CPU {busy[49]:6.2f} and {busy[98]:6.2f}"
        )
    print(f"  candidates compared: {mean(meter.compared):.1f} on average, {max(meter.compared)} at most")
    print(f"  {outcomes.count('join')} joined, {outcomes.count('suggest')} suggested of {len(outcomes)}", flush=True)


def _weigh(tx: Tx, store: Store) -> int:
    if tx.is_postgres:
        return int(tx.run(text("SELECT pg_database_size(current_database())")).scalar_one())
    return Path(store.engine.url.database or "").stat().st_size


def run(url: str, policy: Policy, given: argparse.Namespace, pool: Sequence[Features]) -> None:
    engine = open_engine(url, pool_size=1)
    schema.upgrade(engine)
    store, town = Store(engine, make_vault()), Town(given.appeals, 2)
    for size in given.sizes:
        began = time.monotonic()
        fill(store, town, pool, size)
        if store.engine.dialect.name == "sqlite":
            store.checkpoint()
        else:
            with engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
        print(f"\nfilled in {time.monotonic() - began:.0f} s", flush=True)
        measure(store, policy, town, size, given.decisions)
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--appeals", type=Path, nargs="+", default=[DATA])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--pool", type=int, default=20_000, help="distinct texts that are read to fill the ledger")
    parser.add_argument("--decisions", type=int, default=500)
    parser.add_argument("--postgres", action="store_true", help="a private PostgreSQL instead of SQLite")
    parser.add_argument("--folder", type=Path, help="where the ledger is made; a temporary one by default")
    given = parser.parse_args()
    policy, town = load_policy(ROOT / "mappings"), Town(given.appeals, 1)
    began = time.monotonic()
    pool = [read(policy, town.write(), 0, datetime.now(UTC)) for _ in range(given.pool)]
    print(f"{given.pool:,} texts read in {time.monotonic() - began:.0f} s", flush=True)
    with tempfile.TemporaryDirectory(dir=given.folder or "/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if given.postgres:
            with start_postgres(folder / "postgres") as server:
                run(server.url, policy, given, pool)
        else:
            run(f"sqlite:///{folder / 'ledger.db'}", policy, given, pool)


if __name__ == "__main__":
    main()
