"""A whole gateway as real processes beside its stands, as the demo starts them, with handles for a test."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from gateway.bootstrap import open_parts
from gateway.demo.feed import CHANNELS, read_feed
from gateway.demo.stage import Stage
from gateway.demo.tally import Tally, judge
from gateway.settings import read_settings
from ledger.store import Store
from ledger.tables import attachment, delivery, desk, document

ROOT = Path(__file__).parents[2]
#: Nothing at all changed for so long (seconds): what is awaited will not come. The machine may be busy.
PATIENCE_S = 90.0
LOOK_S = 0.1
Appeal = dict[str, Any]


def read_examples() -> list[Appeal]:
    return read_feed(ROOT / "examples" / "appeals.jsonl")


class House:
    def __init__(self, stage: Stage, store: Store) -> None:
        self.stage, self.store = stage, store
        self.stands = httpx.Client(base_url=stage.base, timeout=60)
        self.web = httpx.Client(base_url=stage.gateway, timeout=60)
        self.sent: dict[str, str] = {}  # appeal's own id → channel
        self.watched = True

    # what goes in

    def send(self, *appeals: Appeal, concurrency: int = 4) -> None:
        self.sent |= {str(each["id"]): each["channel"] for each in appeals}
        wish = {"appeals": appeals, "concurrency": concurrency}
        self.stands.post("/_control/channel/send", json=wish).raise_for_status()

    def send_demo(self) -> int:
        appeals = read_examples()
        self.send(*appeals)
        return len(appeals)

    def switch(self, name: str, **wishes: Any) -> None:
        reply = self.stands.post(f"/_control/{name}", json=wishes)
        assert reply.status_code == 200, reply.text

    def tsur(self, *words: str) -> str:
        """What the command prints, both ways together."""
        command = [sys.executable, "-m", "gateway", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        return done.stdout + done.stderr

    # processes

    def find_process(self, name: str) -> "subprocess.Popen[bytes]":
        supervisor = self.stage.supervisor
        assert supervisor is not None
        if name == "redis":
            assert supervisor.redis is not None
            return supervisor.redis.process
        return supervisor.children[name]

    def pid(self, name: str) -> int:
        return self.find_process(name).pid

    def are_running(self, *names: str) -> bool:
        """Whether all of these run now; what was killed is started again after a pause."""
        return all(self.find_process(name).poll() is None for name in names)

    def signal(self, number: signal.Signals, *names: str) -> None:
        self.wait(lambda: self.are_running(*names), f"{names} to run")
        for pid in [self.pid(name) for name in names]:
            os.kill(pid, number)

    # what comes out

    def book(self, name: str) -> dict[str, Any]:
        return self.stage.read_book(name)

    def told(self, channel: str, appeal: str) -> list[dict[str, Any]]:
        """What the resident was told, by the channel's own book."""
        told: list[dict[str, Any]] = self.book(channel)["answers"].get(appeal, [])
        return told

    def finals(self, channel: str, appeal: str) -> list[str]:
        return [told["text"] for told in self.told(channel, appeal) if told["kind"] == "final"]

    def counts(self, what: str) -> int:
        """A number of the books, all stands together: `answered`, `filings`, `fault: fail` …"""
        return sum(book.get(what, 0) for book in self.stage.read_books().values())

    def answered(self) -> int:
        return sum(self.stage.read_books()[name].get("answered", 0) for name in CHANNELS)

    def quarantined(self, system: str) -> dict[str, tuple[str, str]]:
        """External id → (reason, what it says to a person), of what is in quarantine and on the desk."""
        on_desk = desk.c.subject == document.c.id, desk.c.open.is_(True), desk.c.kind == "quarantine"
        wanted = document.c.system == system, document.c.state == "quarantined"
        with self.store.read() as tx:
            query = select(document.c.external_id, document.c.reason, document.c.detail)
            rows = tx.run(query.join(desk, on_desk[0]).where(*on_desk[1:], *wanted))
            return {row[0].rpartition("/")[2]: (row[1], row[2] or "") for row in rows}

    def documents(self, system: str) -> int:
        with self.store.read() as tx:
            counted = select(func.count()).select_from(document).where(document.c.system == system)
            return int(tx.run(counted).scalar_one())

    def unfinished(self) -> dict[str, int]:
        """Rows that the gateway itself still has to move; what waits for a person is finished work."""
        with self.store.read() as tx:
            read = tx.run(select(func.count()).where(document.c.state.in_(("received", "parked")))).scalar_one()
            sent = tx.run(
                select(func.count()).where(delivery.c.state.in_(("waiting", "sending", "unknown")))
            ).scalar_one()
            named = tx.run(select(func.count()).where(attachment.c.state == "waiting")).scalar_one()
        return {"documents": int(read), "deliveries": int(sent), "files": int(named)}

    def desk(self) -> list[tuple[str, ...]]:
        """What waits for a person: kind, system and reason."""
        with self.store.read() as tx:
            rows = tx.run(select(desk.c.kind, desk.c.system, desk.c.reason).where(desk.c.open.is_(True)))
            return sorted(tuple(map(str, row)) for row in rows)

    # waiting

    def wait(self, until: Callable[[], object], what: str) -> None:
        """Fails only when nothing at all moves any more."""
        last, since = "", time.monotonic()
        while not until():
            now = json.dumps([self.stage.read_books(), self.unfinished()], sort_keys=True)
            if now != last:
                last, since = now, time.monotonic()
            stuck = time.monotonic() - since >= PATIENCE_S
            assert not stuck, f"{what}: nothing moves any more; {now}; desk {self.desk()}"
            self.watch()
            time.sleep(LOOK_S)

    def watch(self) -> None:
        if self.watched:
            self.stage.watch()

    def settle(self, answered: int) -> None:
        """Until so many residents were answered and nothing is left to do; a doubled effect would show by then."""
        self.wait(lambda: self.answered() >= answered, f"{answered} residents answered")
        self.wait(self._is_quiet, "quiet")

    def _is_quiet(self) -> bool:
        before = self.stage.read_books()
        for _ in range(4):
            self.watch()
            if any(self.unfinished().values()):
                return False
            time.sleep(0.25)
        return self.stage.read_books() == before

    def judge(self) -> Tally:
        """The ledger held against the stands' own books."""
        return judge(self.store, {name: self.book(name) for name in self.stage.read_books()}, self.sent)

    def log_files(self) -> list[Path]:
        return sorted((self.stage.folder / "state").rglob("*.log"))

    def read_log(self, name: str) -> str:
        return (self.stage.folder / "state" / "logs" / f"{name}.log").read_text("utf-8")

    def close(self) -> None:
        self.stands.close()
        self.web.close()
        self.store.close()


def assert_whole(tally: Tally, appeals: int) -> None:
    """Nothing lost, nothing doubled, everything accounted for, by the stands' own books."""
    assert tally.problems == []
    assert tally.whole
    assert tally.lost == 0
    assert tally.duplicates == 0
    assert sum(tally.documents.values()) == appeals
    assert tally.appeals == appeals


@contextmanager
def open_house(
    folder: Path, workers: int = 1, database_url: str | None = None, mappings: Path = ROOT / "mappings"
) -> Iterator[House]:
    """Starts everything and stops it; the environment is as before."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("TSUR_") and not name.startswith("TSUR_TEST_")]:
        del os.environ[name]
    if database_url is not None:
        os.environ["TSUR_DATABASE_URL"] = database_url
    stage = Stage(folder, mappings, workers)
    try:
        stage.start()
        house = House(stage, open_parts(read_settings()).store)
        try:
            yield house
        finally:
            house.close()
    finally:
        stage.stop()
        os.environ.clear()
        os.environ.update(before)
