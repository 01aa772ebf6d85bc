"""Paths into documents: parsed once, compiled into closures that never raise on any document."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: A compiled path: node → value found, None when absent. It takes and ignores a second argument, the document's
#: root, so that it can stand for a source of a field as it is.
Get = Callable[..., Any]
#: A compiled path to several nodes.
Nodes = Callable[[Any], list[Any]]

_BARE = re.compile(
    r"[^\s.\"'\[\](){}$|<>=?/@*](?:[^.\"'\[\](){}$|<>=?/*]*[^\s.\"'\[\](){}$|<>=?/*])?|@[^\s.\"'/?*]+|\*"
)
_XML_NAME = re.compile(r"@?[^\W\d][\w.\-:]*|\d+|\*|\.")
_EVERY = "*"


@dataclass(frozen=True, slots=True)
class Path:
    text: str  # as written
    segments: tuple[str, ...]  # () is the node itself
    optional: bool
    rooted: bool
    xml: bool

    @property
    def many(self) -> bool:
        return _EVERY in self.segments


def parse_path(text: str, xml: bool) -> Path:
    """Raises ValueError saying what is wrong with it."""
    inner = text.removesuffix("?")
    rooted = inner.startswith("/")
    inner = inner.removeprefix("/")
    segments = _parse_xml(inner) if xml else _parse_json(inner)
    return Path(text, segments, text.endswith("?"), rooted, xml)


def _parse_xml(text: str) -> tuple[str, ...]:
    if text == ".":
        return ()
    names = text.split("/")
    for place, name in enumerate(names):
        if not _XML_NAME.fullmatch(name) or name == ".":
            raise ValueError("an XML path is `A/B/@attribute`" + (", not `A.B`" if "." in name and not place else ""))
        if name.startswith("@") and place < len(names) - 1:
            raise ValueError("an attribute ends a path")
        if name.isdigit() and not place:
            raise ValueError("a number follows the name it counts: `A/0`")
    return tuple(name.rpartition(":")[2] if name[0] != "@" else "@" + name[1:].rpartition(":")[2] for name in names)


def _parse_json(text: str) -> tuple[str, ...]:
    if text == ".":
        return ()
    segments, at = [], 0
    while True:
        if text[at : at + 1] == '"':
            end = text.find('"', at + 1)
            if end < 0:
                raise ValueError("a quote is not closed")
            segments.append(text[at + 1 : end])
            at = end + 1
        else:
            found = _BARE.match(text, at)
            if not found:
                raise ValueError(_explain(text, at))
            segments.append(found[0])
            at = found.end()
        if at == len(text):
            return tuple(segments)
        if text[at] != ".":
            raise ValueError(_explain(text, at))
        at += 1


def _explain(text: str, at: int) -> str:
    sign = text[at : at + 1]
    if not sign or sign == ".":
        return "a name is missing between dots"
    if sign == "[":
        return 'write `a.0` for an element, `a.*` for all; a name with brackets stands in quotes: `"a[b]"`'
    if sign == "/":
        return "a path of JSON, form and CSV is `a.b`; only a leading `/` means the document"
    return f'`{sign}` may stand in a name only in quotes: `"a{sign}b"`'


def compile_get(path: Path) -> Get:
    """The value at a path: JSON value or XML text; with `*`, the list of all that are there."""
    if path.xml:
        return _xml_get(path.segments)
    names = path.segments
    if path.many:
        return _json_many(names)
    if not names:
        return lambda node, root=None: node
    if not any(name.isdigit() for name in names):
        return _json_names(names)
    return lambda node, root=None: _json_walk(node, names)


def _json_names(names: tuple[str, ...]) -> Get:
    if len(names) == 1:
        (only,) = names
        return lambda node, root=None: node.get(only) if node.__class__ is dict else None
    if len(names) == 2:
        return _json_two(*names)

    def get(node: Any, root: Any = None) -> Any:
        for name in names:
            if node.__class__ is not dict:
                return None
            node = node.get(name)
        return node

    return get


def _json_two(first: str, second: str) -> Get:
    def get(node: Any, root: Any = None) -> Any:
        inner = node.get(first) if node.__class__ is dict else None
        return inner.get(second) if inner.__class__ is dict else None

    return get


def _json_step(node: Any, name: str) -> Any:
    if node.__class__ is dict:
        return node.get(name)
    if node.__class__ is list and name.isdigit() and len(name) < 10:
        place = int(name)
        return node[place] if place < len(node) else None
    return None


def _json_walk(node: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        node = _json_step(node, name)
    return node


def _json_many(names: tuple[str, ...]) -> Get:
    def get(node: Any, root: Any = None) -> Any:
        nodes = [node]
        for name in names:
            nodes = [found for one in nodes for found in _spread(one, name) if found is not None]
        return nodes or None

    return get


def _spread(node: Any, name: str) -> list[Any]:
    if name != _EVERY:
        return [_json_step(node, name)]
    if node.__class__ is list:
        return list(node)
    return list(node.values()) if node.__class__ is dict else []


def compile_nodes(path: Path) -> Nodes | Callable[[Any], list[Any] | None]:
    """The nodes at a path (an array's elements; all same-named XML elements); None when nothing is there."""
    if path.xml:
        segments = path.segments

        def elements(node: Any) -> list[Any] | None:
            return _xml_walk(node, segments) or None

        return elements
    get, many = compile_get(path), path.many

    def nodes(node: Any) -> list[Any] | None:
        found = get(node)
        if found is None or (many and not found):
            return None
        return found if found.__class__ is list else [found]

    return nodes


def _xml_walk(node: Any, segments: tuple[str, ...]) -> list[Any]:
    """Elements at a path. A number picks among the same-named ones found so far."""
    nodes = [node] if not isinstance(node, list) else node
    for name in segments:
        if name.isdigit():
            place = int(name) if len(name) < 10 else len(nodes)
            nodes = nodes[place : place + 1]
        elif name == _EVERY:
            nodes = [child for one in nodes for child in one.iterchildren()]
        else:
            nodes = [child for one in nodes for child in one.iterchildren(name)]
    return nodes


def xml_text(node: Any) -> str | None:
    return node.text if len(node) == 0 else "".join(node.itertext())


def _xml_get(segments: tuple[str, ...]) -> Get:
    attribute = segments[-1][1:] if segments and segments[-1].startswith("@") else None
    names = segments[:-1] if attribute is not None else segments
    last = (lambda node: node.get(attribute)) if attribute is not None else xml_text
    if _EVERY in names:
        return lambda node, root=None: [text for one in _xml_walk(node, names) if (text := last(one))] or None
    if any(name.isdigit() for name in names):
        return lambda node, root=None: next((last(one) for one in _xml_walk(node, names)), None)

    def get(node: Any, root: Any = None) -> Any:
        for name in names:
            node = next(node.iterchildren(name), None)
            if node is None:
                return None
        return last(node)

    return get
