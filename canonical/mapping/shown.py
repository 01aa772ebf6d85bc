"""A rendered call in the spelling that examples and `tsur translate` use."""

from typing import Any

from canonical.mapping.differing import to_shown
from canonical.plan import Body, Call


def show_call(call: Call) -> dict[str, Any]:
    """{method: [segment, …], query, headers, body's format: …}, every leaf a text; markers as in the mapping."""
    shown: dict[str, Any] = {call.method.lower(): [_leaf(segment) for segment in call.path]}
    if call.link is not None:
        shown = {"link": call.link}
    if call.query:
        shown["query"] = show_tree(call.query)
    if call.headers:
        shown["headers"] = show_tree(call.headers)
    if call.body is not None and call.body.format == "message":
        shown |= {name: _xml(tree) for name, tree in call.body.tree.items()}
    elif call.body is not None:
        name = "body" if call.body.format in ("bytes", "text") else call.body.format
        shown[name] = _body(call.body)
    return shown


def _body(body: Body) -> Any:
    if body.format == "xml":
        return {body.tree["tag"]: _xml(body.tree)}
    if body.format == "form":
        return _gather((name, show_tree(value)) for name, value in body.tree)
    if body.format == "multipart":
        return _gather((part["name"], _part(part)) for part in body.tree)
    return show_tree(body.tree)


def show_tree(tree: Any) -> Any:
    if isinstance(tree, list | tuple):
        return [show_tree(item) for item in tree]
    if isinstance(tree, dict) and not any(name.startswith("$") for name in tree):
        return {name: show_tree(value) for name, value in tree.items()}
    return _leaf(tree)


def _leaf(value: Any) -> Any:
    if isinstance(value, dict):
        return {name.removeprefix("$"): to_shown(inner) for name, inner in value.items()}
    return "null" if value is None else to_shown(value)


def _part(part: dict[str, Any]) -> Any:
    shown = _leaf(part["value"])
    return {**shown, "name": to_shown(part["filename"])} if "filename" in part else shown


def _xml(tree: dict[str, Any]) -> Any:
    inside = {f"@{name}": _leaf(value) for name, value in tree["attributes"].items()}
    inside |= _gather((child["tag"], _xml(child)) for child in tree["children"])
    if not inside:
        return _leaf(tree["text"]) if tree["text"] is not None else ""
    return inside if tree["text"] is None else {**inside, "#text": _leaf(tree["text"])}


def _gather(pairs: Any) -> dict[str, Any]:
    """Repeated names become lists."""
    made: dict[str, list[Any]] = {}
    for name, value in pairs:
        made.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in made.items()}
