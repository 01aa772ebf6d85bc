"""Small mappings for tests: the parts that a test is about, the rest filled in."""

from typing import Any

from canonical.delivery import AnswerView, AppealView, CaseView, Intent, Scope
from canonical.mapping import Mapping, load

HEAD = "version: 1\nsystem: test\nadapter: rest\nroles: []\nzone: Asia/Yekaterinburg\n"


def reading(fields: str, source: str = "{format: json}", more: str = "", tables: str = "{}") -> Mapping:
    """`in.satisfaction` with these fields beside `reference.number: n` and `score: s`."""
    text = f"""{HEAD}tables: {tables}
in:
  satisfaction:
    source: {source}
    id: n
    {more}
    fields:
      reference.number: n
      score: {{path: s, absent: "5"}}
{_indent(fields, 6)}
"""
    return load(text, "test.yaml")


def writing(call: str, intent: str = "", tables: str = "{}", discloses: str = "[]") -> Mapping:
    """`out.answer` with one call `go`."""
    text = f"""{HEAD}tables: {tables}
out:
  answer:
    discloses: {discloses}
    {intent}
    steps:
      - go:
          idempotent: true
{_indent(call, 10)}
"""
    return load(text, "test.yaml")


def _indent(text: str, spaces: int) -> str:
    return "\n".join(" " * spaces + line for line in text.strip("\n").split("\n"))


def make_scope(case: dict[str, Any] | None = None, answer: dict[str, Any] | None = None, **rest: Any) -> Scope:
    return Scope(
        delivery_id="d1",
        intent=Intent.answer,
        system="test",
        case=CaseView(**{"id": "c1", "state": "routed", **(case or {})}),
        appeal=AppealView(**{"id": "a1", "system": "portal", "external_id": "7", **rest.pop("appeal", {})}),
        answer=AnswerView(**(answer or {})),
        **rest,
    )
