"""Compiles `fields:` into the shape of a canonical model."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from canonical.form import Form, RawCode
from canonical.mapping.desk import Around
from canonical.mapping.errors import ReadingError
from canonical.mapping.grammar import LISTING
from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.opening import open_map
from canonical.mapping.parts import Group, Leaf, Listing, Nodes, Part
from canonical.mapping.picking import compile_each
from canonical.mapping.reading import compile_leaf
from canonical.mapping.report import suggest
from canonical.mapping.targets import COMPANIONS, Shape, Target, shape_of
from canonical.mapping.values import to_text


def compile_fields(node: Node | None, model: type[Form], around: Around, prefix: str = "") -> Group | None:
    """The model's Group; None when a finding says why not. `prefix` names an enclosing list."""
    report = around.desk.report
    if node is None:
        return None
    if not isinstance(node, Map):
        report.add(node, "wrong-shape", "`fields` is not a mapping", "write `field: path` lines")
        return None
    shape = shape_of(model)
    parts: dict[str, Part] = {}
    for key, value in node.items:
        part = _compile_one(key, value, shape, around, prefix)
        if part is not None:
            parts[key.value] = part
    _check_missing(node, shape, around, prefix)
    _keep_raw(parts, node, shape)
    return _to_group(prefix.rstrip("."), parts, model, shape, "")


def _compile_one(key: Text, value: Node, shape: Shape, around: Around, prefix: str) -> Part | None:
    name, report = key.value, around.desk.report
    if name in shape.lists:
        return _compile_list(name, value, shape.lists[name], around, prefix)
    if name in shape.groups:
        parts = ", ".join(f"`{leaf}`" for leaf in shape.leaves if leaf.startswith(f"{name}."))
        report.add(key, "not-a-leaf", f"`{prefix}{name}` has parts", f"name one of {parts}")
        return None
    if name not in shape.leaves:
        known = [*shape.leaves, *shape.lists]
        report.add(key, "unknown-field", f"there is no field `{prefix}{name}`", suggest(name, known))
        return None
    leaf = shape.leaves[name]
    target = replace(leaf, name=prefix + name, required=leaf.required and "." not in name)
    return compile_leaf(value, target, around)


def _compile_list(name: str, node: Node, model: type[Form], around: Around, prefix: str) -> Part | None:
    sources: list[tuple[Nodes, Group]] = []
    for item in node.items if isinstance(node, Seq) else (node,):
        opened = open_map(item, LISTING, around.desk.report)
        each = opened.get("each") if opened else None
        if opened is None or each is None:
            continue
        if not isinstance(each, Text):
            around.desk.report.add(each, "wrong-shape", "`each` is not a path", "write one path")
            continue
        nodes = compile_each(each, around)
        group = compile_fields(opened.get("fields"), model, around, f"{prefix}{name}.")
        if nodes is not None and group is not None:
            sources.append((demand_nodes(nodes, f"{prefix}{name}", each.value), group))
    return Listing(f"{prefix}{name}", tuple(sources)) if sources else None


def demand_nodes(nodes: Callable[[Any, Any], list[Any] | None], field: str, path: str) -> Nodes:
    def demand(node: Any, root: Any) -> list[Any]:
        found = nodes(node, root)
        if found is None:
            if path.endswith("?"):
                return []
            raise ReadingError(field, path, "absent; if an empty list is left out, end the path with `?`")
        return found

    return demand


def _check_missing(node: Map, shape: Shape, around: Around, prefix: str) -> None:
    named = {key.value for key, _ in node.items}
    report = around.desk.report
    for leaf in shape.leaves.values():
        if leaf.required and "." not in leaf.name and leaf.name not in named:
            report.add(node, "missing-field", f"`{prefix}{leaf.name}` is not mapped", f"add `{leaf.name}: path`")
    for group in shape.groups:
        within = [name for name in named if name.startswith(f"{group}.")]
        if group in shape.required_groups and not within:
            report.add(node, "missing-field", f"`{group}` is not mapped", f"add `{group}.…`, at least one of its parts")
        for leaf in shape.leaves.values():
            inside = leaf.name.rpartition(".")[0] == group and leaf.required and shape.groups[group] is not RawCode
            if inside and within and leaf.name not in named:
                report.add(node, "missing-field", f"`{leaf.name}` is not mapped", f"add it beside `{within[0]}`")


def _keep_raw(parts: dict[str, Part], node: Map, shape: Shape) -> None:
    """Beside every translated code its raw word is kept, unless the mapping fills that itself."""
    for name, companion in COMPANIONS.items():
        leaf = parts.get(name)
        tabled = isinstance(leaf, Leaf) and any(step.startswith("table ") for step, _ in leaf.steps)
        if tabled and isinstance(leaf, Leaf) and companion in shape.leaves and companion not in parts:
            parts[companion] = Leaf(companion, leaf.path, leaf.pick, (("text", to_text),), None, False, implied=True)


def _to_group(field: str, parts: dict[str, Part], model: type[Form], shape: Shape, prefix: str) -> Group:
    members: dict[str, Part] = {}
    for name in parts:
        rest = name.removeprefix(prefix)
        if not name.startswith(prefix) or (first := rest.split(".")[0]) in members:
            continue
        if first == rest:
            members[first] = parts[name]
        else:
            inner = shape.groups[prefix + first]
            members[first] = _to_group(prefix + first, parts, inner, shape, f"{prefix}{first}.")
    raw = issubclass(model, RawCode)
    top = not prefix
    needed = () if top or raw else tuple(name for name, info in model.model_fields.items() if info.is_required())
    return Group(field, tuple(members.items()), prefix.rstrip(".") in shape.required_groups, raw, needed)


def target_of(name: str, kind: str, required: bool) -> Target:
    """A target outside the model: ids, revisions, what a reply gives."""
    return Target(name, kind, None, required, not required)
