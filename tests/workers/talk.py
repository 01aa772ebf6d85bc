"""A conversation with a gateway's workers: what is said arrives as documents of a messenger."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from canonical.document import Document
from ledger import cases, documents, reconcile
from ledger.tables import appeal, delivery, document
from workers.decide import decide_batch
from workers.runtime import Runtime
from workers.sweeper import sweep

HARNESS = Path(__file__).parents[2] / "bench" / "harness" / "mappings"
TALK = """version: 1
system: talk
title: Мессенджер
adapter: rest
roles: [channel]
mode: live
zone: UTC
connect: {base_url: {env: CHANNEL_URL}}
in:
  appeal:
    source: {format: json}
    webhook: {verify: {by: none}}
    thread: {quiet: 2m}
    id: id
    revision: rev
    fields:
      text: text?
      created_at: {path: at, formats: [iso]}
      thread: chat?
      applicant.person_id: from?
      deleted: {path: gone?, type: boolean, absent: "false"}
      attachments: [{each: photos?, fields: {id: id}}]
unseen: ["in.*"]
"""
SUPPLEMENT = """  supplement:
    discloses: [text]
    find: none
    steps: [{add: {post: [cases], json: {text: {from: case.text}}}}]
"""


@dataclass
class Talk:
    runtime: Runtime

    def say(self, name: str, text: str = "", chat: str | None = "c1", **rest: Any) -> None:
        """One message arrives; `rev` and `at` are made up when absent."""
        at = datetime.now(UTC).isoformat()
        body = {"id": name, "rev": f"{name}:{text}", "text": text, "chat": chat, "from": "7", "at": at} | rest
        with self.runtime.store.write() as tx:
            sent = Document(kind="appeal", external_id=name, revision=body["rev"], body=json.dumps(body).encode())
            documents.record(tx, [("talk", sent)])

    def decide(self) -> None:
        while decide_batch(self.runtime):
            pass

    def hear(self, *names: str, **rest: Any) -> None:
        for name in names:
            self.say(name, name, **rest)
        self.decide()

    def fall_silent(self) -> None:
        """The window's time has come, and the sweeper's next slow tick."""
        with self.runtime.store.write() as tx:
            tx.run(update(document).where(document.c.reason == "thread").values(due_at=tx.now - 1))
        sweep(self.runtime, 0, b"a" * 32)

    def texts(self) -> dict[str, str]:
        with self.runtime.store.read() as tx:
            return {row.external_id: cases.open_appeal(tx, row).text for row in tx.run(select(appeal))}

    def dispositions(self) -> dict[str, tuple[str, str | None]]:
        """Revision → (disposition or state, appeal's external id)."""
        query = select(document, appeal.c.external_id.label("of")).outerjoin(appeal, appeal.c.id == document.c.subject)
        with self.runtime.store.read() as tx:
            return {row.revision: (row.disposition or row.state, row.of) for row in tx.run(query)}

    def sent(self, intent: str) -> int:
        with self.runtime.store.read() as tx:
            return len(tx.run(select(delivery.c.id).where(delivery.c.intent == intent)).all())

    def holes(self) -> Any:
        with self.runtime.store.read() as tx:
            return reconcile.reconcile(tx).holes
