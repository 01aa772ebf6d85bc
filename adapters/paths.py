"""Looks into replies: tokens, cursors, page counts.

A path is `data.0.token`, `Reply/Token` or `Reply/@id`; `-1` is the last one.
"""

import re
from typing import Any

import orjson
from lxml import etree

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def open_tree(body: bytes) -> Any:
    """JSON value or XML element. Raises ValueError without the body's words."""
    head = body[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    try:
        return etree.fromstring(body, _PARSER) if head.startswith(b"<") else orjson.loads(body)
    except (ValueError, etree.XMLSyntaxError, LookupError):
        raise ValueError("neither JSON nor XML") from None


def look(body: bytes, path: str) -> str | None:
    """Text at a path of a body; None also for a body that has no paths."""
    try:
        return find_text(open_tree(body), path)
    except ValueError:
        return None


def find_nodes(tree: Any, path: str) -> list[Any]:
    """All that stands at a path: an array's elements, every same-named XML element."""
    steps = [step for step in re.split(r"[./]", path) if step]
    if isinstance(tree, etree._Element):
        return _find_elements(tree, steps)
    for step in steps:
        tree = _step(tree, step)
    return tree if isinstance(tree, list) else [] if tree is None else [tree]


def has_node(tree: Any, path: str) -> bool:
    """Whether something stands at a path of JSON, be it an empty list. XML has no empty lists: always True."""
    if isinstance(tree, etree._Element):
        return True
    for step in re.split(r"[./]", path):
        tree = _step(tree, step) if step else tree
    return tree is not None


def find_text(tree: Any, path: str) -> str | None:
    """The value at a path as text; None: absent, null or empty."""
    found = find_nodes(tree, path)
    if not found or isinstance(found[0], dict | list):
        return None
    return _to_text(found[0])


def _to_text(value: Any) -> str | None:
    if isinstance(value, etree._Element):
        value = "".join(value.itertext())
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    return str(value).strip() or None


def _step(node: Any, name: str) -> Any:
    if isinstance(node, dict):
        return node.get(name)
    if isinstance(node, list) and re.fullmatch(r"-?\d{1,6}", name):
        place = int(name)
        return node[place] if -len(node) <= place < len(node) else None
    return None


def _find_elements(root: Any, steps: list[str]) -> list[Any]:
    """The root's own name may stand first."""
    if steps and etree.QName(root).localname == steps[0]:
        steps = steps[1:]
    nodes = [root]
    for step in steps:
        if step.startswith("@"):
            return [value for node in nodes for name, value in node.attrib.items() if _local(name) == step[1:]]
        if re.fullmatch(r"-?\d{1,6}", step):
            nodes = nodes[int(step) :][:1]
        else:
            nodes = [child for node in nodes for child in node if _local(child.tag) == step]
    return nodes


def _local(name: Any) -> str:
    return name.rpartition("}")[2] if isinstance(name, str) else ""
