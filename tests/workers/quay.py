"""A gateway's workers on the real mappings beside the stands: residents attach photos, bodies answer with files."""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

from sqlalchemy import select, update

from canonical.document import Document
from ledger import desk_list, documents, reconcile
from ledger.tables import appeal, attachment, delivery, desk, lane
from stand.city_app import show
from stand.feed import Appeal
from stand.server import Stand
from workers.decide import decide_batch
from workers.deliver import deliver_batch
from workers.fetch import fetch_batch
from workers.receive import poll_system
from workers.resolve import Report, decide, undo
from workers.runtime import Runtime

CHANNEL, RECIPIENT = "city_app", "nadym"
TEXT = "Яма на дороге у дома 5 по улице Ленина в Надыме"


@dataclass
class Quay:
    runtime: Runtime
    stand: Stand
    taken: list[str] = field(default_factory=list)

    # the outer systems

    def switch(self, name: str = CHANNEL, **wishes: Any) -> None:
        self._ask(f"/_control/{name}", wishes)

    def spoil(self, **faults: Any) -> None:
        self.switch(links=faults)

    def book(self, name: str) -> Any:
        return self._ask(f"/_book/{name}")

    def _ask(self, path: str, body: Any = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.stand.base + path, content), timeout=10) as reply:
            return json.load(reply)

    def received(self, name: str = RECIPIENT) -> list[str]:
        """SHA-256 of all files that this system was given."""
        return [one["sha256"] for each in self.book(name)["files"].values() for one in each]

    def attached(self, *ids: str) -> list[str]:
        book = self.book(CHANNEL)["attached"]
        return [one["sha256"] for name in ids for one in book.get(name, [])]

    # what happens

    def write(self, name: str, *files: str, size: int = 500, text: str = TEXT, town: str = "Надым") -> None:
        """A resident's appeal arrives with these files at links."""
        appeal = {"id": name, "channel": CHANNEL, "text": text, "name": "Стужина Вера", "phone": "+79220001122",
                  "category": "roads", "address": f"{town}, Ленина, 5",
                  "files": [{"name": file, "size": size} for file in files]}  # fmt: skip
        self._ask("/_control/channel/send", {"appeals": [appeal]})
        event = {"event": "appeal.created", "event_id": f"created:{name}", "appeal": show(Appeal(**appeal))}
        with self.runtime.store.write() as tx:
            body = json.dumps(event).encode()
            documents.record(tx, [(CHANNEL, Document(kind="appeal", external_id=name, revision="1", body=body))])
        while decide_batch(self.runtime):
            pass

    def fetch(self, system: str = CHANNEL) -> int:
        """One attempt at what is due; the lane's rest after a failure is over."""
        self.hurry()
        return fetch_batch(self.runtime, system)

    def hurry(self) -> None:
        """The time comes at which a file is tried again."""
        with self.runtime.store.write() as tx:
            tx.run(update(attachment).where(attachment.c.state == "waiting").values(due_at=tx.now))
            tx.run(update(lane).values(retry_at=None))

    def join(self, newer: str, older: str) -> None:
        """A person says that these two residents write of one problem."""
        of = {row.external_id: row for row in self.all(appeal)}
        pair = {"appeal": of[newer].id, "other": of[older].id, "case": of[older].case_id, "score": 0.7}
        store, sends = self.runtime.store, self.runtime.site().sends
        with store.write() as tx:
            item = desk_list.add(tx, "suggestion", of[newer].case_id, CHANNEL, "may_be_same", json.dumps(pair))
        assert decide(store, sends, [item], "join", "anna").faults == []

    def hear(self, system: str) -> None:
        """The recipient's final words on filings come in, and are decided."""
        until = time.monotonic() + 20
        while not self.sent("answer"):
            poll_system(self.runtime, system)
            while decide_batch(self.runtime):
                pass
            assert time.monotonic() < until, "no answer came"
            time.sleep(0.05)

    def give_up_waiting(self) -> None:
        """The time for which a filing waits for its files is over."""
        with self.runtime.store.write() as tx:
            tx.run(update(delivery).where(delivery.c.state == "waiting").values(due_at=tx.now))

    def send(self, system: str = RECIPIENT) -> None:
        while deliver_batch(self.runtime, system):
            pass

    def decide(self, decision: str, **about: Any) -> Report:
        (item,) = self.items(**about)
        return decide(self.runtime.store, self.runtime.site().sends, [item.id], decision, "anna")

    def undo(self, batch: str) -> Report:
        return undo(self.runtime.store, self.runtime.site().sends, batch, "anna")

    # what came of it

    def all(self, table: Any, *where: Any) -> list[Any]:
        with self.runtime.store.read() as tx:
            return list(tx.run(select(table).where(*where).order_by(table.c.id)))

    def files(self) -> list[Any]:
        return self.all(attachment)

    def file(self) -> Any:
        (row,) = self.files()
        return row

    def items(self, **about: Any) -> list[Any]:
        wanted = [desk.c[name] == value for name, value in about.items()]
        return self.all(desk, desk.c.open.is_(True), desk.c.kind == "file", *wanted)

    def sent(self, intent: str) -> list[Any]:
        return self.all(delivery, delivery.c.intent == intent)

    def holes(self) -> Any:
        with self.runtime.store.read() as tx:
            return reconcile.reconcile(tx).holes
