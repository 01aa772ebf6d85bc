"""Compiles `path:` with its variants: one, the first of several, several joined, from the entry or the document."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from canonical.mapping.desk import Around
from canonical.mapping.errors import Misfit
from canonical.mapping.nodes import Node, Text
from canonical.mapping.opening import read_text, read_texts
from canonical.mapping.parts import Pick
from canonical.mapping.paths import Path, compile_get, compile_nodes, parse_path
from canonical.mapping.report import Report
from canonical.mapping.values import to_text


@dataclass(frozen=True, slots=True)
class Picked:
    pick: Pick
    text: str
    optional: bool


def read_path(text: Text, xml: bool, report: Report) -> Path | None:
    try:
        return parse_path(text.value, xml)
    except ValueError as error:
        report.add(text, "path-syntax", f"the path `{text.value}` cannot be read", str(error))
        return None


def compile_pick(node: Node, join: Node | None, around: Around) -> Picked | None:
    report = around.desk.report
    texts = read_texts(node, "`path`", report)
    paths = [path for text in texts if (path := checked_path(text, around))]
    if not texts or len(paths) < len(texts):
        if not texts and not isinstance(node, Text):
            report.add(node, "no-source", "`path` names no path", "write one")
        return None
    shown, optional = " | ".join(path.text for path in paths), all(path.optional for path in paths)
    several = len(paths) > 1 or paths[0].many
    if join is not None:
        if not several:
            report.add(join, "join-alone", "`join` with one value", "remove `join`, or give several paths")
        glue = join.value if isinstance(join, Text) else read_text(join, "`join`", report) or ""
        return Picked(_joined([_one(path) for path in paths], glue), shown, optional)
    for text, path in zip(texts, paths, strict=True):
        if path.many:
            report.add(text, "needs-join", f"`{path.text}` finds several values", "add `join:`, or name one element")
    picks = [_one(path) for path in paths]
    return Picked(picks[0] if len(picks) == 1 else _first(picks), shown, optional)


def checked_path(text: Text, around: Around) -> Path | None:
    path = read_path(text, around.xml, around.desk.report)
    if path is not None and path.rooted and not around.rooted:
        what = "a path from the document, where paths already begin at it"
        around.desk.report.add(text, "root-path", what, "remove the leading `/`; it is for `source.entries`")
    return path


def _one(path: Path) -> Pick:
    get = compile_get(path)
    if path.rooted:
        return lambda node, root: get(root)
    return get


def _present(value: Any) -> bool:
    return value is not None and not (value.__class__ is str and (not value or value.isspace()))


def _first(picks: list[Pick]) -> Pick:
    def first(node: Any, root: Any) -> Any:
        return next((value for pick in picks if _present(value := pick(node, root))), None)

    return first


def _joined(picks: list[Pick], glue: str) -> Pick:
    def joined(node: Any, root: Any) -> str | list[Any] | None:
        found: list[Any] = []
        for pick in picks:
            value = pick(node, root)
            found += value if value.__class__ is list else [value]
        try:
            return glue.join(text.strip() for one in found if (text := to_text(one)) is not None) or None
        except Misfit:
            return found  # not texts: the type says so

    return joined


def compile_each(text: Text, around: Around) -> Callable[[Any, Any], list[Any] | None] | None:
    """Path to several nodes; gives None when there is nothing and the path is optional."""
    path = checked_path(text, around)
    if path is None:
        return None
    if path.segments and path.segments[-1].startswith("@") and path.xml:
        around.desk.report.add(text, "path-syntax", "an attribute has no parts", "end the path at an element")
        return None
    nodes = compile_nodes(path)
    if path.rooted:
        return lambda node, root: nodes(root)
    return lambda node, root: nodes(node)
