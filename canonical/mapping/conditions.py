"""Conditions of the reading side: a path's presence or its word."""

from collections.abc import Callable
from typing import Any

from canonical.mapping.desk import Around
from canonical.mapping.errors import Misfit
from canonical.mapping.grammar import CONDITION
from canonical.mapping.nodes import Node, Seq, Text
from canonical.mapping.opening import Opened, open_map, read_flag, read_texts
from canonical.mapping.parts import Pick
from canonical.mapping.paths import compile_get
from canonical.mapping.picking import checked_path
from canonical.mapping.report import Report
from canonical.mapping.values import to_stripped

Condition = Callable[[Any, Any], bool]
#: A list of words of one looked-at value → does it hold?
Test = Callable[[list[str]], bool]


def compile_condition(node: Node | None, around: Around) -> Condition | None:
    if node is None:
        return None
    if isinstance(node, Seq):
        if not node.items:
            around.desk.report.add(node, "condition", "a list without conditions", "write one, or remove `when`")
        parts = [part for item in node.items if (part := compile_condition(item, around))]
        return lambda node, root: all(part(node, root) for part in parts)
    opened = open_map(node, CONDITION, around.desk.report)
    if opened is None:
        return None
    test, pick = compile_test(node, opened, around.desk.report), _pick(node, opened, around)
    if pick is None or test is None:
        return None
    return lambda node, root: test(to_words(pick(node, root)))


def _pick(node: Node, opened: Opened, around: Around) -> Pick | None:
    report = around.desk.report
    if "from" in opened or not isinstance(text := opened.get("path"), Text):
        what = "a condition on reading looks at one `path`"
        report.add(opened.get("from", node), "condition", what, "write `{path: …, is: …}`")
        return None
    path = checked_path(text, around)
    if path is None:
        return None
    get = compile_get(path)
    return (lambda node, root: get(root)) if path.rooted else (lambda node, root: get(node))


def compile_test(node: Node, opened: Opened, report: Report) -> Test | None:
    """The test of a condition, shared with the writing side."""
    tests = [name for name in ("is", "not", "absent") if name in opened]
    if len(tests) > 1:
        report.add(node, "condition", f"a condition with {' and '.join(tests)}", "write a list of two conditions")
        return None
    if not tests:
        return bool
    if tests == ["absent"]:
        read_flag(opened["absent"], "`absent`", report)
        return lambda words: not words
    listed = {text.value.strip() for text in read_texts(opened[tests[0]], f"`{tests[0]}`", report)}
    if not listed:
        report.add(opened[tests[0]], "condition", "a condition without words", "name the words")
        return None
    if tests == ["is"]:
        return lambda words: not listed.isdisjoint(words)
    return lambda words: listed.isdisjoint(words)


def to_words(value: Any) -> list[str]:
    """What a condition sees; objects count as one nameless word."""
    return [word for one in (value if value.__class__ is list else [value]) if (word := _to_word(one))]


def _to_word(value: Any) -> str | None:
    try:
        return to_stripped(value)
    except Misfit:
        return "{}"
