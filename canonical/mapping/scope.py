"""Everything `from:` can name, taken from canonical.delivery.Scope, with the disclosure class of each name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from canonical.attachment import Attachment
from canonical.delivery import Scope
from canonical.form import Form
from canonical.mapping.targets import Target, shape_of

CLASSES: dict[str, str] = {
    "text": "what residents and recipients wrote",
    "place": "where the problem is",
    "files": "attachments",
    "name": "the resident's name",
    "contacts": "the resident's phone, e-mail, address and flat",
}
_NAMES = {"name", "surname", "given_name", "patronymic", "full_name"}
_CONTACTS = {"phone", "email", "address"}


@dataclass(frozen=True, slots=True)
class Name:
    """`get` takes a Scope (or an item) and returns text, number, boolean, time, or None."""

    name: str
    type: str
    codes: frozenset[str] | None
    discloses: str | None
    nullable: bool
    get: Callable[[Any], Any]


@cache
def scope_names() -> dict[str, Name]:
    shape = shape_of(Scope)
    made = {}
    for leaf in shape.leaves.values():
        public = "delivery.id" if leaf.name == "delivery_id" else leaf.name
        made[public] = _make(public, leaf, leaf.name, shape.groups)
    full = Target("applicant.full_name", "text", None, False, True)
    made[full.name] = _make(full.name, full, full.name, shape.groups)
    return made


@cache
def item_names() -> dict[str, Name]:
    """`item.*` inside `each` over files. `item.bytes` is the stored content, known only when sent."""
    made = {
        f"item.{leaf.name}": _make(f"item.{leaf.name}", leaf, leaf.name, {})
        for leaf in shape_of(Attachment).leaves.values()
        if leaf.name not in ("shareable",)
    }
    made["item.bytes"] = Name("item.bytes", "file", None, "files", True, _get_content)
    return made


def _get_content(item: Any) -> Any:
    """The digest by which the store knows it; a text that became a file while rendering is itself."""
    return item if hasattr(item, "whole") else item.digest


@cache
def part_names() -> dict[str, Name]:
    """`item.*` inside `each: {split: …}`."""
    return {
        "item.text": Name("item.text", "text", None, "text", False, lambda part: part["text"]),
        "item.number": Name("item.number", "integer", None, None, False, lambda part: part["number"]),
        "item.count": Name("item.count", "integer", None, None, False, lambda part: part["count"]),
    }


@cache
def file_lists() -> dict[str, Callable[[Scope], tuple[Attachment, ...]]]:
    return {name: _get(name, False) for name in shape_of(Scope).lists}


def _make(public: str, leaf: Target, attribute: str, groups: dict[str, type[Form]]) -> Name:
    parents = attribute.split(".")[:-1]
    nullable = leaf.nullable or any(_may_be_none(".".join(parents[: n + 1])) for n in range(len(parents)))
    return Name(public, leaf.type, leaf.codes, _class_of(public), nullable, _get(attribute, nullable))


def _may_be_none(group: str) -> bool:
    return group.rpartition(".")[2] in ("raw", "reason", "point")


def _class_of(name: str) -> str | None:
    parts = name.split(".")
    if parts[0] == "file":
        return None  # their own words about their own file
    if parts[0] == "item":
        return "files" if parts[-1] in ("url", "name", "bytes") else None
    if parts[0] == "applicant":
        return "name" if parts[-1] in _NAMES else "contacts" if parts[-1] in _CONTACTS else None
    if "place" in parts:
        return "contacts" if parts[-1] == "flat" else "place"
    return "text" if len(parts) == 2 and parts[-1] in ("text", "history") else None


def _get(attribute: str, nullable: bool) -> Callable[[Any], Any]:
    names = attribute.split(".")
    if len(names) == 1:
        (only,) = names
        return lambda node: getattr(node, only)
    if len(names) == 2:
        first, second = names
        return lambda node: getattr(getattr(node, first), second, None)

    def get(node: Any) -> Any:
        for name in names:
            node = getattr(node, name, None)
        return node

    return get
