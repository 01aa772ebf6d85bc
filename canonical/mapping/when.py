"""Conditions of the writing side: a scope name's presence or its word."""

from collections.abc import Callable

from canonical.mapping.conditions import compile_test
from canonical.mapping.grammar import CONDITION
from canonical.mapping.job import Job
from canonical.mapping.nodes import Node, Seq, Text
from canonical.mapping.opening import open_map
from canonical.mapping.outdesk import Spot, find_name
from canonical.mapping.values import spell

When = Callable[[Job], bool]


def compile_when(node: Node | None, spot: Spot) -> When | None:
    if node is None:
        return None
    report = spot.intent.desk.report
    if isinstance(node, Seq):
        parts = [part for one in node.items if (part := compile_when(one, spot))]
        return lambda job: all(part(job) for part in parts)
    opened = open_map(node, CONDITION, report)
    if opened is None:
        return None
    text = opened.get("from")
    if "path" in opened or not isinstance(text, Text):
        what = "a condition on writing looks at one name of the scope"
        report.add(opened.get("path", node), "condition", what, "write `{from: …, is: …}`")
        return None
    test, name = compile_test(node, opened, report), find_name(text, spot)
    if test is None or name is None:
        return None
    get, of_item = name.get, name.name.startswith("item.")

    def holds(job: Job) -> bool:
        value = get(job.item if of_item else job.scope)
        word = spell(value).strip() if value is not None else ""
        return test([word] if word else [])

    return holds
