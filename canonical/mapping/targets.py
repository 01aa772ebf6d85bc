"""The canonical fields a mapping can fill, taken from the models themselves."""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime

from canonical.form import Form, RawCode
from canonical.states import AssignmentState, CaseState

#: Codes of fields that are plain text in the models but have a closed list.
CLOSED: dict[tuple[str, str], frozenset[str]] = {
    ("StatusChange", "state"): frozenset({"moderated", "declined", "withdrawn"}),
    ("Appeal", "moderation"): frozenset({"pending", "accepted", "declined"}),
    ("CaseView", "state"): frozenset(CaseState),
    ("AnswerView", "state"): frozenset(AssignmentState),
}
#: Where the foreign word of a table'd field is kept.
COMPANIONS = {"state": "raw.code", "topic.code": "topic.raw.code", "moderation": "status.code"}


@dataclass(frozen=True, slots=True)
class Target:
    """One leaf. `codes`: the closed list of its values."""

    name: str
    type: str  # text, integer, number, boolean, time
    codes: frozenset[str] | None
    required: bool  # the model demands it
    nullable: bool  # None is a value of it
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """A model's leaves, the groups the model demands, its lists of models, and each group's own model."""

    leaves: dict[str, Target]
    groups: dict[str, type[Form]]
    required_groups: frozenset[str]
    lists: dict[str, type[Form]]


@cache
def shape_of(model: type[Form]) -> Shape:
    leaves: dict[str, Target] = {}
    groups: dict[str, type[Form]] = {}
    required: set[str] = set()
    lists: dict[str, type[Form]] = {}
    _walk(model, "", leaves, groups, required, lists)
    return Shape(leaves, groups, frozenset(required), lists)


def _walk(
    model: type[Form],
    prefix: str,
    leaves: dict[str, Target],
    groups: dict[str, type[Form]],
    required: set[str],
    lists: dict[str, type[Form]],
) -> None:
    for name, info in model.model_fields.items():
        inner, nullable, many = unwrap(info.annotation)
        full = prefix + name
        if many:
            lists[full] = inner
        elif isinstance(inner, type) and issubclass(inner, Form):
            groups[full] = inner
            if info.is_required():
                required.add(full)
            _walk(inner, full + ".", leaves, groups, required, lists)
        else:
            codes = _codes(model.__name__, name, inner)
            doc = info.description or ""
            leaves[full] = Target(full, _type_name(inner), codes, info.is_required(), nullable, doc)


def unwrap(annotation: Any) -> tuple[Any, bool, bool]:
    """(inner type, may be None, is a tuple of it)."""
    nullable = many = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            nullable = True
            annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
        elif origin is tuple:
            many = True
            annotation = get_args(annotation)[0]
        else:
            return annotation, nullable, many


def _type_name(inner: Any) -> str:
    if inner is bool:
        return "boolean"
    if inner in (datetime, AwareDatetime):
        return "time"
    return {int: "integer", float: "number"}.get(inner, "text")


def _codes(owner: str, name: str, inner: Any) -> frozenset[str] | None:
    if isinstance(inner, type) and issubclass(inner, Enum):
        return frozenset(str(member.value) for member in inner)
    return CLOSED.get((owner, name))


def leaves_below(shape: Shape, group: str) -> Iterator[str]:
    return (name for name in shape.leaves if name.startswith(group + "."))


def is_raw(model: type[Form]) -> bool:
    return issubclass(model, RawCode)
