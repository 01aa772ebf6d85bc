"""Compiles trees that are written: JSON, and the lists and pairs of query, headers, forms and multipart."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from canonical.mapping.errors import RenderingError
from canonical.mapping.grammar import EACH, OBJECT
from canonical.mapping.job import OMIT, Job, Write
from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.opening import Opened, open_map, read_text
from canonical.mapping.outdesk import Spot, disclose
from canonical.mapping.report import suggest
from canonical.mapping.scope import file_lists
from canonical.mapping.values import spell
from canonical.mapping.when import compile_when
from canonical.mapping.writing import compile_value, is_value

Files = Callable[[Any], tuple[Any, ...]]


def compile_tree(node: Node, spot: Spot) -> Write | None:
    if isinstance(node, Text) or is_value(node):
        return compile_value(node, spot)
    if isinstance(node, Seq):
        return _sequence([compile_tree(item, spot.at(str(place))) for place, item in enumerate(node.items)])
    if is_each(node):
        return _each(node, spot)
    return compile_object(node, spot, compile_tree)


def is_each(node: Node) -> bool:
    return isinstance(node, Map) and isinstance(node.get("each"), Text)


def compile_object(node: Map, spot: Spot, inner: Callable[[Node, Spot], Write | None]) -> Write | None:
    """An object; with `object:`, one that has a condition or keys that look like a value's."""
    condition, content = None, node
    if isinstance(node.get("object"), Map):
        opened = open_map(node, OBJECT, spot.intent.desk.report) or {}
        condition, held = compile_when(opened.get("when"), spot), opened.get("object")
        content = held if isinstance(held, Map) else node
    members = [(key.value, inner(value, spot.at(key.value))) for key, value in content.items]
    if any(write is None for _, write in members):
        return None
    return _object([(name, write) for name, write in members if write], condition)


def _object(members: list[tuple[str, Write]], condition: Callable[[Job], bool] | None) -> Write:
    def write(job: Job) -> Any:
        if condition is not None and not condition(job):
            return OMIT
        made = {name: value for name, one in members if (value := one(job)) is not OMIT}
        return made if made or not members else OMIT

    return write


def _sequence(items: list[Write | None]) -> Write | None:
    if any(item is None for item in items):
        return None
    writes = [item for item in items if item]

    def write(job: Job) -> Any:
        return [value for one in writes if (value := one(job)) is not OMIT]

    return write


def _each(node: Node, spot: Spot) -> Write | None:
    opened = open_map(node, EACH, spot.intent.desk.report)
    files = read_files(opened, spot) if opened else None
    if opened is None or files is None or "item" not in opened:
        return None
    inner = compile_tree(opened["item"], replace(spot, item="file", inner=True, each=None))
    return loop(files, inner, is_optional(opened)) if inner else None


def read_files(opened: Opened, spot: Spot) -> Files | None:
    """The list of files that `each` names."""
    report, text = spot.intent.desk.report, opened.get("each")
    name = read_text(text, "`each`", report)
    if name is None or not isinstance(text, Text):
        return None
    wanted = name.removesuffix("?")
    if wanted not in file_lists():
        report.add(text, "unknown-name", f"there is no list `{wanted}`", suggest(wanted, list(file_lists())))
        return None
    disclose("files", text, spot.intent)
    spot.intent.lists.add(wanted)
    return file_lists()[wanted]


def is_optional(opened: Opened) -> bool:
    text = opened.get("each")
    return isinstance(text, Text) and text.value.endswith("?")


def loop(files: Files, inner: Write, optional: bool) -> Write:
    def write(job: Job) -> Any:
        before, made = job.item, []
        for item in files(job.scope):
            job.item = item
            value = inner(job)
            if value is not OMIT:
                made.append(value)
        job.item = before
        return made if made or not optional else OMIT

    return write


def compile_pairs(node: Node, spot: Spot) -> Write | None:
    """name → value or list of values, for query, headers and multipart: a dict whose values are text or markers."""
    report = spot.intent.desk.report
    if not isinstance(node, Map):
        report.add(
            node, "wrong-shape", f"`{spot.where.rpartition('.')[2]}` is not a mapping", "write `name: value` lines"
        )
        return None
    members = []
    for key, value in node.items:
        if isinstance(value, Map) and not (is_value(value) or is_each(value)):
            report.add(value, "no-source", f"`{key.value}` is not a value", "write a text or `{from: …}`")
            return None
        members.append((key.value, compile_tree(value, spot.at(key.value))))
    if any(write is None for _, write in members):
        return None
    made = [(name, write) for name, write in members if write]
    return lambda job: {name: value for name, write in made if (value := write(job)) is not OMIT}


def compile_form(node: Node, spot: Spot) -> Write | None:
    """[[name, value], …]; a list repeats its name."""
    pairs = compile_pairs(node, spot)
    if pairs is None:
        return None

    def write(job: Job) -> list[list[Any]]:
        return [
            [name, one] for name, value in pairs(job).items() for one in (value if isinstance(value, list) else [value])
        ]

    return write


def to_segment(where: str, value: Any) -> Any:
    """Dots alone would climb out of the address, whatever the escaping."""
    text = value if isinstance(value, dict) else spell(value)
    if text in (".", ".."):
        raise RenderingError(where, "a segment of dots")
    return text


def check_headers(where: str, headers: dict[str, Any]) -> None:
    """A line end in a header would begin another one."""
    for name, value in headers.items():
        if isinstance(value, str) and any(sign in value for sign in "\r\n\0"):
            raise RenderingError(f"{where}.{name}", "a line end in a header")
