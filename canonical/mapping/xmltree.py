"""Compiles the XML body: one root; `@name` attributes, `#text` text, lists and `each` repeat an element."""

import re
from dataclasses import replace
from typing import Any

from canonical.mapping.grammar import OBJECT
from canonical.mapping.job import OMIT, Job, Write
from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.opening import open_map
from canonical.mapping.outdesk import Spot
from canonical.mapping.trees import is_each, is_optional, loop, read_files
from canonical.mapping.when import compile_when
from canonical.mapping.writing import compile_value, is_value

_NAME = re.compile(r"(?:[^\W\d][\w.\-]*:)?[^\W\d][\w.\-]*")


def compile_xml(node: Node, spot: Spot) -> Write | None:
    report = spot.intent.desk.report
    single = isinstance(node, Map) and len(node.items) == 1
    if not isinstance(node, Map) or not single or isinstance(node.items[0][1], Seq) or is_each(node.items[0][1]):
        report.add(node, "xml-root", "an XML body is one root element", "write `xml: {Root: {…}}`")
        return None
    ((name, content),) = node.items
    elements = _element(name, content, spot.at(name.value))
    if elements is None:
        return None

    def write(job: Job) -> Any:
        made = elements(job)
        return made[0] if made else {"tag": name.value, "attributes": {}, "text": None, "children": []}

    return write


def compile_message(node: Node, spot: Spot) -> Write | None:
    """The content of an element that something else names: its tag is empty."""
    if not isinstance(node, Map) or is_each(node) or is_value(node):
        where = spot.where.rpartition(".")[2]
        spot.intent.desk.report.add(node, "wrong-shape", f"`{where}` is not a mapping", "write `Element: value` lines")
        return None
    elements = _branch("", node, spot)
    if elements is None:
        return None

    def write(job: Job) -> Any:
        made = elements(job)
        return made[0] if made else {"tag": "", "attributes": {}, "text": None, "children": []}

    return write


def _element(name: Text, node: Node, spot: Spot) -> Write | None:
    """The elements of one name: a list of trees."""
    _check_name(name, name.value, spot)
    if isinstance(node, Seq):
        many = [_element(name, item, spot.at(str(place))) for place, item in enumerate(node.items)]
        made = [one for one in many if one]
        return None if len(made) < len(many) else lambda job: [tree for one in made for tree in one(job)]
    if is_each(node) and isinstance(node, Map):
        return _repeat(name, node, spot)
    if isinstance(node, Text) or is_value(node):
        return _leaf(name.value, compile_value(node, spot))
    return _branch(name.value, node, spot) if isinstance(node, Map) else None


def _check_name(at: Text, name: str, spot: Spot) -> None:
    if not _NAME.fullmatch(name):
        remedy = "letters, digits, `_`, `-`, `.`; not a digit first"
        spot.intent.desk.report.add(at, "xml-name", f"`{name}` is no XML name", remedy)


def _repeat(name: Text, node: Map, spot: Spot) -> Write | None:
    opened = {key.value: value for key, value in node.items if key.value in ("each", "item")}
    for key, _ in node.items:
        if key.value not in opened:
            spot.intent.desk.report.add(key, "unknown-key", f"`{key.value}` beside `each`", "keep `each` and `item`")
    files = read_files(opened, spot)
    if "item" not in opened:
        spot.intent.desk.report.add(node, "missing-key", "`each` without `item`", "add `item:`, one element's content")
        return None
    inner = _element(name, opened["item"], replace(spot, item="file", inner=True, each=None))
    if files is None or inner is None:
        return None
    many = loop(files, inner, is_optional(opened))

    def write(job: Job) -> list[Any]:
        made = many(job)
        return [] if made is OMIT else [tree for one in made for tree in one]

    return write


def _leaf(tag: str, value: Write | None) -> Write | None:
    if value is None:
        return None

    def write(job: Job) -> list[Any]:
        text = value(job)
        return [] if text is OMIT else [{"tag": tag, "attributes": {}, "text": text, "children": []}]

    return write


def _branch(tag: str, node: Map, spot: Spot) -> Write | None:
    condition, content = None, node
    if isinstance(node.get("object"), Map):
        opened = open_map(node, OBJECT, spot.intent.desk.report) or {}
        condition, held = compile_when(opened.get("when"), spot), opened.get("object")
        content = held if isinstance(held, Map) else node
    attributes, children, text = [], [], None
    for key, value in content.items:
        below = spot.at(key.value)
        if key.value.startswith("@"):
            _check_name(key, key.value[1:], spot)
            attributes.append((key.value[1:], _only_value(key, value, below)))
        elif key.value == "#text":
            text = _only_value(key, value, below)
        else:
            children.append(_element(key, value, below))
    if any(one is None for _, one in attributes) or any(one is None for one in children):
        return None
    named = [(name, one) for name, one in attributes if one]
    inner = [one for one in children if one]

    def write(job: Job) -> list[Any]:
        if condition is not None and not condition(job):
            return []
        said = {name: value for name, one in named if (value := one(job)) is not OMIT}
        below = [tree for one in inner for tree in one(job)]
        words = text(job) if text else OMIT
        if not said and not below and words is OMIT and (named or inner or text):
            return []
        return [{"tag": tag, "attributes": said, "text": None if words is OMIT else words, "children": below}]

    return write


def _only_value(key: Text, node: Node, spot: Spot) -> Write | None:
    if isinstance(node, Text) or is_value(node):
        return compile_value(node, spot)
    spot.intent.desk.report.add(node, "wrong-shape", f"`{key.value}` is not a value", "write a text or `{from: …}`")
    return None
