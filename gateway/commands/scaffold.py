"""The files of a new adapter. They run as they are: an HTTP system, until its own protocol is written in."""

_ADAPTER = '''"""TITLE: which protocol, from which specification, and what of it is assumed."""

from adapters.composed import Base, Parts, compose
from adapters.connect import Connect
from adapters.contract import Tools
from adapters.mapped import Mapped

__all__ = ["Settings", "build"]


class Settings(Connect):
    """`connect:` of a TITLE system; further keys are declared here."""


def build(mapping: Mapped, settings: Settings, tools: Tools) -> Base:
    """Implements what the mapping's text asks for. Raises Unavailable when it cannot be connected now."""

    def with_protocol(parts: Parts) -> Parts:
        # Replace what this protocol does otherwise: `line` (transport), `poller`, `follower`, `listener`, `runner`.
        return parts

    return compose("CLASS", mapping, settings, tools, with_protocol)
'''

_MAPPING = """version: 1
system: NAME
title: TITLE
adapter: NAME
roles: [recipient]
mode: shadow
zone: Asia/Yekaterinburg
connect:
  base_url: {env: TSUR_URL_UPPER}
  auth: {by: none}
in:
  answer:
    source: {format: json}
    webhook: {verify: {by: token, secret: {secret: UPPER_TOKEN}, header: X-Token}}
    id: id
    fields:
      reference.delivery: external_id
      state: {path: status, table: state}
      text: text?
tables:
  state:
    answered: [done]
    not_sent: [planned, sent, registered, in_work, asking, postponed, redirected, declined, withdrawn]
out:
  forward:
    discloses: [text]
    find: {get: [requests], query: {external_id: {from: delivery.id}}, receipt: id?}
    steps:
      - create: {post: [requests], json: {external_id: {from: delivery.id}, text: {from: case.text}}, receipt: id}
examples:
  - kind: answer
    given: '{"id": "1", "external_id": "v_1", "status": "done", "text": "Готово"}'
    expect: {reference.delivery: v_1, state: answered, raw.code: done, text: Готово}
  - intent: forward
    given: {delivery.id: v_1, case.text: Яма}
    expect: {create: {post: [requests], json: {external_id: v_1, text: Яма}}}
    replies: {create: '{"id": "7"}'}
    takes: {create: {receipt: "7"}}
unseen: ["in.answer.id", "in.answer.text.absent", "out.forward.find.*"]
"""

_TEST = '''"""TITLE: the contract suites of what it can do, against its stand in stand/NAME.py."""

from collections.abc import Iterator

import pytest

from stand.server import Stand
from tests.adapters.contract.delivers import DeliversSuite
from tests.adapters.contract.finds import FindsSuite
from tests.adapters.contract.subject import Subject


class CLASS(Subject):
    system = "NAME"
    effect = "POST /NAME"


@pytest.fixture
def subject(stand: Stand) -> Iterator[Subject]:
    made = CLASS(stand)
    yield made
    made.close()


class TestCLASS(DeliversSuite, FindsSuite):
    """Add PollsSuite, FollowsSuite or ListensSuite for what else it does."""
'''


def make_files(name: str) -> dict[str, str]:
    """Path in the project → content."""
    words = {"NAME": name, "TITLE": name.replace("_", " "), "UPPER": name.upper(),
             "CLASS": "".join(part.capitalize() for part in name.split("_"))}  # fmt: skip

    def fill(text: str) -> str:
        for mark, word in words.items():
            text = text.replace(mark, word)
        return text

    return {
        f"adapters/{name}/__init__.py": fill(_ADAPTER),
        f"tests/adapters/systems/{name}.yaml": fill(_MAPPING),
        f"tests/adapters/test_{name}.py": fill(_TEST),
    }
