"""Settings' mistakes as findings: where they stand, what is wrong, what mends them."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from adapters.mapped import Mapped
from canonical.finding import Finding
from canonical.mapping.report import suggest

_CODES = {
    "extra_forbidden": "unknown-setting",
    "missing": "missing-setting",
    "union_tag_not_found": "missing-setting",
    "union_tag_invalid": "unknown-choice",
    "literal_error": "unknown-choice",
}
_WHATS = {
    "extra_forbidden": "there is no setting `{name}` here",
    "missing": "`{name}` is missing",
    "union_tag_not_found": "`by` is missing: it says which of the ways is meant",
}
#: What pydantic says in words of its own.
_PLAIN = {
    "int_parsing": "is not a whole number",
    "float_parsing": "is not a number",
    "bool_parsing": "is neither `true` nor `false`",
    "string_type": "is not one text",
    "dict_type": "is not a mapping: write `key: value` lines",
    "model_attributes_type": "is not a mapping: write `key: value` lines",
    "model_type": "is not a mapping: write `key: value` lines",
    "tuple_type": "is not a list",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
}
_QUOTED = re.compile("'([^']*)'")


def check_settings(mapping: Mapped, model: Any, raw: Any, at: Sequence[str]) -> list[Finding]:
    """Findings of one section; `at` are the keys that lead to it."""
    try:
        (model if isinstance(model, TypeAdapter) else TypeAdapter(model)).validate_python(raw)
    except ValidationError as error:
        return [_to_finding(mapping, model, dict(one), at) for one in error.errors(include_url=False)]
    return []


def _to_finding(mapping: Mapped, model: Any, error: dict[str, Any], at: Sequence[str]) -> Finding:
    """pydantic's path also names union members, which the YAML does not have: `place` stops there, so they are cut."""
    type_, loc = error["type"], [str(part) for part in error["loc"]]
    # A wrong way is said of the key that holds the ways: the mistake stands at its `by`.
    kept = _yaml_keys(mapping, [*at], [*loc, "by"] if type_ == "union_tag_invalid" else loc)
    line, column = mapping.place(*kept)
    name = next((part for part in reversed(loc) if not part.isdigit()), at[-1])
    what = _WHATS.get(type_, "").format(name=name) or _to_what(error, name)
    return Finding(mapping.path, line, column, _CODES.get(type_, "bad-setting"), what, _remedy(model, error, loc))


def _yaml_keys(mapping: Mapped, keys: list[str], loc: Sequence[str]) -> list[str]:
    node: Any = _dig(mapping, keys)
    for part in loc:
        below = _step(node, part)
        if below is not None:
            keys.append(part)
            node = below
    return keys


def _dig(mapping: Mapped, keys: Sequence[str]) -> Any:
    if keys[0] == "connect":
        return mapping.settings
    return (mapping.changes if keys[-1] == "changes" else mapping.webhooks).get(keys[1])


def _step(node: Any, part: str) -> Any:
    if isinstance(node, dict):
        return node.get(part)
    return node[int(part)] if isinstance(node, list) and part.isdigit() and int(part) < len(node) else None


def _to_what(error: dict[str, Any], name: str) -> str:
    if error["type"] in _PLAIN:
        return f"`{name}` {_PLAIN[error['type']].format(**error.get('ctx', {}))}"
    if choices := _find_choices(error):
        return f"`{'by' if error['type'] == 'union_tag_invalid' else name}`: there is no `{choices[0]}`"
    text = str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return f"`{name}`: {text[:1].lower()}{text[1:]}"


def _find_choices(error: dict[str, Any]) -> tuple[str, list[str]] | None:
    """(what stands there, what could stand there); None where the mistake is of another sort."""
    context = error.get("ctx", {})
    known = _QUOTED.findall(str(context.get("expected_tags") or context.get("expected") or ""))
    given = context.get("tag", error.get("input"))
    return (given, known) if known and isinstance(given, str) else None


def _remedy(model: Any, error: dict[str, Any], loc: Sequence[str]) -> str:
    if error["type"] == "extra_forbidden":
        return suggest(loc[-1], sorted(_names(model, loc[:-1])))
    if error["type"] == "missing":
        return f"add `{loc[-1]}:`"
    if error["type"] == "union_tag_not_found":
        return "add `by:`"
    if choices := _find_choices(error):
        return suggest(*choices)
    return "see docs/adapters.md"


def _names(model: Any, loc: Sequence[str]) -> set[str]:
    """Keys that the models at a path know."""
    models = list(models_in(model))
    for part in loc:
        fields = [one.model_fields[key] for one in models for key in one.model_fields if _is_named(one, key, part)]
        if fields:
            models = [found for field in fields for found in models_in(field.annotation)]
        else:
            models = [one for one in models if _has_tag(one, part)] or models
    return {info.alias or name for one in models for name, info in one.model_fields.items()}


def _is_named(model: type[BaseModel], key: str, name: str) -> bool:
    return (model.model_fields[key].alias or key) == name


def _has_tag(model: type[BaseModel], tag: str) -> bool:
    by = model.model_fields.get("by")
    return by is not None and get_origin(by.annotation) is Literal and tag in get_args(by.annotation)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, TypeAdapter):
        annotation = annotation._type
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)
