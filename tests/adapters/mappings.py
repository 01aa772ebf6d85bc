"""Mappings for tests of one thing: a head that never changes, and the part under test."""

from typing import Any

from adapters import registry
from adapters.contract import Tools
from canonical.mapping import Mapping, load

HEAD = """version: 1
system: town
title: Город
adapter: {adapter}
roles: [{role}]
mode: live
zone: Asia/Yekaterinburg
connect:
  base_url: {{secret: BASE}}
  timeouts: {{total: 2s}}
{more}
"""
TAIL = """
unseen: ["in.*", "out.*", "tables.*"]
"""


def write(part: str, adapter: str = "rest", more: str = "") -> str:
    return HEAD.format(adapter=adapter, more=more, role="recipient" if "forward:" in part else "channel") + part + TAIL


def compile_part(part: str, adapter: str = "rest", more: str = "") -> Mapping:
    return load(write(part, adapter, more), "town.yaml")


def build(part: str, base: str, adapter: str = "rest", more: str = "", **tools: Any) -> Any:
    secrets = {"BASE": base, "KEY": "key-1"}
    made = Tools(**{"secret": secrets.__getitem__, "read_file": lambda digest: b"", **tools})
    return registry.build(compile_part(part, adapter, more), made)


def appeals(changes: str, source: str = "{format: json, each: items}", more: str = "") -> str:
    """An `in:` of appeals that are polled."""
    return f"""
in:
  appeal:
    source: {source}
    changes: {changes}
    id: id
    {more}
    fields: {{text: text, created_at: {{path: at, formats: iso}}}}
"""
