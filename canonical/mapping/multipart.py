"""Compiles multipart bodies and bodies that are one value."""

from dataclasses import replace
from typing import Any

from canonical.mapping.job import OMIT, Job, Write
from canonical.mapping.nodes import Map, Node, Text
from canonical.mapping.outdesk import Spot
from canonical.mapping.values import spell
from canonical.mapping.writing import compile_value, is_value


def compile_multipart(node: Node, spot: Spot) -> Write | None:
    """[{"name", "value", "filename", "media_type"}, …]"""
    report = spot.intent.desk.report
    if not isinstance(node, Map):
        report.add(node, "wrong-shape", "`multipart` is not a mapping", "write `name: value` lines")
        return None
    parts = [_part(key.value, value, spot.at(key.value)) for key, value in node.items]
    if any(part is None for part in parts):
        return None
    made = [part for part in parts if part]
    return lambda job: [one for part in made if (one := part(job)) is not OMIT]


def _part(name: str, node: Node, spot: Spot) -> Write | None:
    if not isinstance(node, Text) and not is_value(node):
        spot.intent.desk.report.add(node, "no-source", f"`{name}` is not a value", "write a text or `{file: item}`")
        return None
    value = compile_value(node, spot)
    title = node.get("name") if isinstance(node, Map) else None
    named = compile_value(title, replace(spot.at("name"), file=False)) if title is not None else None
    if value is None or (title is not None and named is None):
        return None

    def write(job: Job) -> Any:
        content = value(job)
        if content is OMIT:
            return OMIT
        if not (isinstance(content, dict) and ("$file" in content or "$text" in content)):
            return {"name": name, "value": content if isinstance(content, dict) else spell(content)}
        filename = named(job) if named else job.item.name or OMIT
        return {
            "name": name,
            "value": content,
            "filename": "file" if filename is OMIT else filename,
            "media_type": job.item.media_type or "application/octet-stream",
        }

    return write


def compile_body_value(node: Node, spot: Spot) -> Write | None:
    """A file's bytes, or text."""
    if isinstance(node, Text) or is_value(node):
        return compile_value(node, spot)
    spot.intent.desk.report.add(node, "no-source", "`body` is not a value", "write `{from: item.bytes}` or a text")
    return None
