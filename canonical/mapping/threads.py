"""Compiles `in.appeal.thread`."""

import re
from datetime import timedelta

from canonical.form import Form
from canonical.mapping.grammar import THREAD
from canonical.mapping.nodes import Map, Node
from canonical.mapping.opening import Opened, open_map, read_text
from canonical.mapping.report import Report

_LENGTH = re.compile(r"([1-9][0-9]{0,4})(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def compile_thread(opened: Opened, model: type[Form], several: bool, report: Report) -> timedelta | None:
    """The quiet window. `several`: a document gives more than one reading."""
    node = opened.get("thread")
    parts = open_map(node, THREAD, report) if node is not None else None
    if node is None or parts is None:
        return None
    fields = opened.get("fields")
    if "thread" not in model.model_fields or several:
        what = "`thread` of documents that are not one appeal each"
        report.add(node, "thread-field", what, "remove it")
    elif isinstance(fields, Map) and fields.get("thread") is None:
        what = "`thread` without a field that tells conversations apart"
        report.add(node, "thread-field", what, "fill the field `thread`, for example with the id of the chat")
    return _read_length(parts.get("quiet"), report)


def _read_length(node: Node | None, report: Report) -> timedelta | None:
    text = read_text(node, "`quiet`", report)
    if node is None or text is None:
        return None
    found = _LENGTH.fullmatch(text)
    if found is None:
        report.add(node, "bad-duration", f"`quiet` is no length of time: `{text}`", "write it like `90s`, `2m` or `1h`")
        return None
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
