"""Compiles `in:`."""

from dataclasses import replace
from datetime import date, tzinfo
from typing import Any

from lxml import etree

from canonical.document import KINDS
from canonical.mapping.conditions import Condition, compile_condition
from canonical.mapping.desk import Around, Desk, read_encoding, read_zone
from canonical.mapping.documents import FORMATS, Source
from canonical.mapping.errors import ReadingError
from canonical.mapping.fields import compile_fields, demand_nodes, target_of
from canonical.mapping.grammar import ENTRIES, KIND, SOURCE
from canonical.mapping.hiding import find_secrets
from canonical.mapping.kinds import Identity, Kind
from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.opening import Opened, open_map, read_choice, read_text, read_texts
from canonical.mapping.parts import Leaf, Nodes
from canonical.mapping.paths import parse_path
from canonical.mapping.picking import compile_each
from canonical.mapping.reading import compile_leaf
from canonical.mapping.report import Report, suggest
from canonical.mapping.threads import compile_thread


def compile_in(node: Node | None, desk: Desk, zone: tzinfo | None) -> dict[str, Kind]:
    if node is None:
        return {}
    if not isinstance(node, Map):
        desk.report.add(node, "wrong-shape", "`in` is not a mapping", "write `in: {appeal: {…}}`")
        return {}
    made = {}
    for key, value in node.items:
        if key.value not in KINDS:
            what = f"there is no kind of document `{key.value}`"
            desk.report.add(key, "unknown-kind", what, suggest(key.value, list(KINDS)))
        elif kind := _compile(key.value, value, desk, zone):
            made[key.value] = kind
    return made


def _compile(name: str, node: Node, desk: Desk, zone: tzinfo | None) -> Kind | None:
    opened = open_map(node, KIND, desk.report)
    if opened is None:
        return None
    zone = read_zone(opened.get("zone"), desk.report) or zone
    _check_settings(opened, desk.report)
    source_node = opened.get("source")
    parts = open_map(source_node, SOURCE, desk.report) if source_node else None
    source = _source(parts, desk.report) if parts is not None else None
    if source is None or parts is None:
        return None
    outer = Around(desk, f"in.{name}", source.format == "xml", zone)
    entries = _entries(parts.get("entries"), outer)
    inner = replace(outer, rooted=parts.get("entries") is not None)
    group = compile_fields(opened.get("fields"), KINDS[name], inner)
    identity = _identity(opened, outer)
    each = _each(parts.get("each"), outer)
    if group is None or identity is None:
        return None
    when = compile_condition(opened.get("when"), outer)
    quiet = compile_thread(opened, KINDS[name], entries is not None, desk.report)
    return Kind(
        name, KINDS[name], source, source.compile(), each, entries, when, identity, group, group.compile(), quiet
    )  # fmt: skip


def _check_settings(opened: Opened, report: Report) -> None:
    for name in ("changes", "webhook"):
        if name in opened and not isinstance(opened[name], Map):
            report.add(opened[name], "wrong-shape", f"`{name}` is not a mapping", "write `key: value` lines")
        find_secrets(opened.get(name), report)
    changes = opened.get("changes")
    if not isinstance(changes, Map):
        return
    start = changes.get("start")
    if start is None and _is_queue(changes):
        return  # a queue holds only what was not taken yet
    if start is None:
        report.add(changes, "start-missing", "polling without `start`", "say from which date on: `start: 2026-02-01`")
    elif (text := read_text(start, "`start`", report)) is not None and not _is_date(text):
        report.add(start, "bad-date", "`start` is not a date", "write it like 2026-02-01")


def _is_queue(changes: Map) -> bool:
    way = changes.get("by")
    return isinstance(way, Text) and way.value == "queue"


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text[:10]))
    except ValueError:
        return False


def _source(parts: Opened, report: Report) -> Source | None:
    form = read_choice(parts.get("format"), "`format`", FORMATS, report)
    encoding = read_encoding(parts.get("encoding"), report)
    delimiter = parts.get("delimiter")
    columns = tuple(text.value for text in read_texts(parts.get("columns"), "`columns`", report))
    for name in ("delimiter", "columns"):
        if name in parts and form != "csv":
            report.add(parts[name], "not-csv", f"`{name}` of a source that is not CSV", "remove it")
    for name in ("each", "entries"):
        if name in parts and form == "csv":
            report.add(parts[name], "each-of-csv", f"`{name}` of a CSV source", "remove it: every row is a document")
        if name in parts and form == "form":
            report.add(parts[name], "each-of-csv", f"`{name}` of a form", "remove it: a form is one document")
    sign = delimiter.value if isinstance(delimiter, Text) else ";"
    if len(sign) != 1 or sign in '"\r\n' or (delimiter is not None and not isinstance(delimiter, Text)):
        report.add(delimiter or parts["format"], "wrong-shape", "`delimiter` is not one sign", 'write one, such as ";"')
        return None
    if form == "xml" and encoding and not _ascii_like(encoding):
        return Source(form, None, sign, columns)  # UTF-16 and the like carry their own mark
    return Source(form, encoding, sign, columns) if form else None


def _ascii_like(encoding: str) -> bool:
    return "<".encode(encoding) == b"<"


def _each(node: Node | None, around: Around) -> Nodes | None:
    if node is None or read_text(node, "`each`", around.desk.report) is None or not isinstance(node, Text):
        return None
    nodes = compile_each(node, around)
    if nodes is None:
        return None
    demanded = demand_nodes(nodes, "each", node.value)
    return _from_root(demanded, node.value) if around.xml else demanded


def _from_root(nodes: Nodes, path: str) -> Nodes:
    """In XML, `each` begins with the root's own name, as people read it: `Список/Заявка`. Another root is another
    document, such as an error, and no empty list."""
    first = (*parse_path(path, True).segments, "*")[0]

    def find(root: Any, _: object) -> list[object]:
        if first not in ("*", root.tag):
            raise ReadingError("each", path, f"the root is `{root.tag[:40]}`; `each` begins with the root's name")
        above = etree.Element("document")
        above.append(root)
        return nodes(above, above)

    return find


def _entries(node: Node | None, around: Around) -> Nodes | None:
    if node is None:
        return None
    opened = {"each": node} if isinstance(node, Text) else open_map(node, ENTRIES, around.desk.report)
    each = opened.get("each") if opened else None
    if opened is None or each is None or read_text(each, "`entries`", around.desk.report) is None:
        return None
    nodes = compile_each(each, around) if isinstance(each, Text) else None
    if nodes is None or not isinstance(each, Text):
        return None
    demand = demand_nodes(nodes, "entries", each.value)
    condition = compile_condition(opened.get("when"), replace(around, rooted=True))
    return demand if condition is None else _chosen(demand, condition)


def _chosen(nodes: Nodes, condition: Condition) -> Nodes:
    return lambda node, root: [one for one in nodes(node, root) if condition(one, root)]


def _identity(opened: Opened, around: Around) -> Identity | None:
    ids = _leaves(opened.get("id"), "id", True, around)
    revision = _leaves(opened.get("revision"), "revision", False, around)
    sent_at = opened.get("sent_at")
    leaf = compile_leaf(sent_at, target_of("sent_at", "time", False), around) if sent_at else None
    return Identity(tuple(ids), tuple(revision), leaf) if ids else None


def _leaves(node: Node | None, name: str, required: bool, around: Around) -> list[Leaf]:
    if node is None:
        return []
    items = node.items if isinstance(node, Seq) else (node,)
    if not items:
        around.desk.report.add(node, "empty-value", f"`{name}` is empty", "name at least one value")
    target = target_of(name, "text", required)
    return [leaf for item in items if (leaf := compile_leaf(item, target, around))]
