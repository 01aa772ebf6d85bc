"""The difference between what an example expects and what came, leaf by leaf, each with its place."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.values import spell

#: (the node that expected something, where, what was expected, what came)
Difference = tuple[Node, str, str, str]
NOTHING = "(nothing)"


def compare(expected: Node, actual: Any, where: str) -> Iterator[Difference]:
    """`actual`: nested dicts, lists and scalars. Everything is compared whole, as text."""
    if isinstance(expected, Text):
        if not _same(expected.value, actual):
            yield expected, where, show(expected.value), show(actual)
    elif isinstance(expected, Seq):
        yield from _compare_lists(expected, actual, where)
    else:
        yield from _compare_maps(expected, actual, where)


def _compare_lists(expected: Seq, actual: Any, where: str) -> Iterator[Difference]:
    if not isinstance(actual, list):
        yield expected, where, "a list", show(actual)
        return
    for place, item in enumerate(expected.items):
        if place < len(actual):
            yield from compare(item, actual[place], f"{where}.{place}")
    if len(actual) != len(expected.items):
        yield expected, where, f"{len(expected.items)} elements", f"{len(actual)}: {show(actual)}"


def _compare_maps(expected: Map, actual: Any, where: str) -> Iterator[Difference]:
    if not isinstance(actual, dict):
        yield expected, where, "an object", show(actual)
        return
    for key, value in expected.items:
        if key.value in actual:
            yield from compare(value, actual[key.value], f"{where}.{key.value}")
        else:
            yield key, f"{where}.{key.value}", "present", NOTHING
    named = {key.value for key, _ in expected.items}
    for name in actual:
        if name not in named:
            yield expected, f"{where}.{name}", NOTHING, show(actual[name])


def _same(expected: str, actual: Any) -> bool:
    if isinstance(actual, dict | list):
        return False
    if isinstance(actual, datetime):
        try:
            told = datetime.fromisoformat(expected)
        except ValueError:
            return False
        return told.tzinfo is not None and told == actual
    return expected == to_shown(actual)


def to_shown(value: Any) -> str:
    """A leaf as examples spell it; absence is an empty text."""
    return "" if value is None else spell(value)


def show(value: Any) -> str:
    text = repr(value) if isinstance(value, dict | list) else to_shown(value)
    text = text if len(text) <= 200 else f"{text[:199]}…"
    return f"«{text}»" if not isinstance(value, dict | list) else text
