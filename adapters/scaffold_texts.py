"""What `tsur new-adapter` writes: `$name` (kolibri), `$NAME` (KOLIBRI) and `$Class` (Kolibri) are filled in."""

ADAPTER = '''"""$Class: say here which systems speak this protocol, and where it is described."""

from adapters.composed import Base, compose
from adapters.connect import Connect
from adapters.contract import Tools
from adapters.mapped import Mapped

TITLE = "$Class"
#: What the protocol can do; a mapping uses some of it. Strike out what it cannot.
CAPABILITIES = frozenset({"polls", "follows", "listens", "delivers", "finds", "fetches"})


class Settings(Connect):
    """`connect:` of such a system. Add what only this protocol needs; unknown keys stay errors."""


def build(mapping: Mapped, settings: Settings, tools: Tools) -> Base:
    """Everything that HTTP and YAML can do comes from `compose`; replace a part of it, or write the contract's
    methods yourself. Raises Unavailable when it cannot be connected now.
    """
    return compose("$Class", mapping, settings, tools)
'''

STAND = '''"""$Class as a stand: say here which description it follows. Nothing of the gateway is imported: a mistake
that both share would hide itself.
"""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stand.filings import Filing, Filings
from stand.life import LifeSwitches
from stand.outer import Outer
from stand.payload import read_json


class $Class(Outer):
    name = "$name"
    switch_kind = LifeSwitches
    switches: LifeSwitches

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.filings = Filings(self.book, lambda: self.switches, str)

    def routes(self) -> list[Route]:
        return [Route("/requests", self.create, methods=["POST"]), Route("/requests", self.list)]

    async def create(self, request: Request) -> Response:
        tree = await read_json(request)
        filing = self.filings.add(tree.get("external_id", ""), tree)
        self.filings.live(filing)
        return JSONResponse({"number": filing.number}, 201)

    async def list(self, request: Request) -> Response:
        """All of them, each time; or those with one external number."""
        external = request.query_params.get("external_id")
        found = self.filings.by_external.get(external, []) if external else self.filings.all
        return JSONResponse({"items": [show(filing) for filing in found]})

    def count(self) -> dict[str, int]:
        return self.filings.count() | super().count()

    def pages(self) -> dict[str, Any]:
        return {"filings": self.filings.pages()}

    def close(self) -> None:
        self.filings.close()
        super().close()


def show(filing: Filing) -> dict[str, Any]:
    return {
        "number": filing.number,
        "external_id": filing.external_id,
        "state": filing.state,
        "text": filing.text,
        "changed": filing.changed.isoformat(),
    }
'''

MAPPING = """version: 1
system: $name
title: $Class
adapter: $name
roles: [recipient]
mode: shadow
zone: Asia/Yekaterinburg
connect:
  base_url: {env: TSUR_URL_${NAME}, else: "https://$name.example"}
  auth: {by: none}
tables:
  state:
    registered: [registered]
    in_work: [in_work]
    postponed: [postponed]
    answered: [answered]
    declined: [declined]
in:
  answer:
    source: {format: json, each: items}
    changes: {by: snapshot, start: 2026-02-01, get: requests, refuse: error.code}
    id: number
    fields:
      reference.number: number
      reference.delivery: external_id?
      state: {path: state, table: state}
      at: {path: changed, formats: [iso]}
      text: {path: text?, clean: [spaces]}
out:
  forward:
    discloses: [text]
    find: {get: [requests], query: {external_id: {from: delivery.id}}, receipt: items.0.number?}
    steps:
      - create:
          post: [requests]
          json: {external_id: {from: delivery.id}, text: {from: case.text}}
          refuse: error.code
          receipt: number
examples:
  - kind: answer
    response: '{"items": [{"number": "7", "external_id": "d1", "state": "answered", "text": "Готово", "changed":
      "2026-02-01T03:05:00+05:00"}]}'
    id: ["7"]
    expect: {reference.number: "7", reference.delivery: d1, state: answered, at: "2026-01-31T22:05:00Z", text: Готово}
  - kind: answer
    given: '{"number": "8", "state": "in_work", "changed": "2026-02-01T03:05:00+05:00"}'
    expect: {reference.delivery: "", state: in_work, text: ""}
  - intent: forward
    given: {delivery.id: d1, case.text: Яма}
    expect:
      create: {post: [requests], json: {external_id: d1, text: Яма}}
      find: {get: [requests], query: {external_id: d1}}
    replies: {create: '{"number": "7"}', find: '{"items": [{"number": "7"}]}'}
    takes: {create: {receipt: "7"}, find: {receipt: "7"}}
  - intent: forward
    given: {delivery.id: d1, case.text: Яма}
    replies: {create: '{"error": {"code": "INTERNAL"}}', find: '{"items": []}'}
    refuses: {create: INTERNAL}
    takes: {find: {receipt: ""}}
unseen: ["tables.*"]
"""

TEST = '''"""The adapter $name and its mapping against its stand, held to the suites that docs/adapters.md lists."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters import registry
from stand.server import Stand
from tests.adapters.contract.delivers import DeliversSuite
from tests.adapters.contract.finds import FindsSuite
from tests.adapters.contract.polls import PollsSuite
from tests.adapters.contract.subject import Subject

MAPPING = Path(__file__).parents[2] / "mappings" / "systems" / "$name.yaml"


class $Class(Subject):
    system = "$name"
    made = 0

    def text(self) -> str:
        return MAPPING.read_text(encoding="utf-8")

    def build(self, **settings: Any) -> Any:
        here = {"base_url": self.stand.url(self.system), "timeouts": {"total": "1500ms"}}
        return super().build(**here | settings)

    def make_news(self, count: int) -> set[str]:
        adapter = self.build()
        $Class.made += count
        ids = [f"n-{$Class.made}-{number}" for number in range(count)]
        return {str(adapter.deliver(self.delivery(id)).number) for id in ids}


@pytest.fixture
def subject(stand: Stand) -> Iterator[Subject]:
    made = $Class(stand)
    made.control(delay=[0.05, 0.1])
    yield made
    made.close()


class Test$Class(DeliversSuite, FindsSuite, PollsSuite):
    def test_its_settings_are_sound(self, subject: Subject) -> None:
        assert registry.check(subject.mapping) == []
'''
