"""Compiles one value that is written."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from canonical.clean import CLEANERS
from canonical.mapping.desk import Around, check_codes, find_table, read_zone, refuse_expression
from canonical.mapping.encoding import compile_fit
from canonical.mapping.errors import Misfit, NotSent, RenderingError
from canonical.mapping.grammar import WRITE
from canonical.mapping.job import OMIT, Job, Write
from canonical.mapping.nodes import Map, Node, Text
from canonical.mapping.opening import Opened, open_map, read_choice, read_choices, read_flag, read_text
from canonical.mapping.outdesk import Spot
from canonical.mapping.overflow import read_limit, watch
from canonical.mapping.picking_scope import Source, pick_source
from canonical.mapping.reading import compile_formats
from canonical.mapping.tables import Table
from canonical.mapping.targets import Target
from canonical.mapping.times import Format
from canonical.mapping.values import WRITE_TYPES, spell, to_boolean, to_integer, to_number, to_uuid
from canonical.mapping.when import compile_when
from canonical.mapping.wholetext import WholeText

SOURCES = ("from", "const", "take", "secret", "file")
Convert = Callable[[Any], Any]


def compile_value(node: Node, spot: Spot) -> Write | None:
    report = spot.intent.desk.report
    opened: Opened | None = {"const": node} if isinstance(node, Text) else open_map(node, WRITE, report)
    if opened is None:
        return None
    sources = [name for name in SOURCES if name in opened]
    if len(sources) != 1:
        code = "several-sources" if sources else "no-source"
        report.add(node, code, "a value needs exactly one source", f"keep one of {', '.join(SOURCES)}")
        return None
    source = pick_source(sources[0], node, opened, spot)
    if source is None:
        return None
    if source.type == "null":
        return _null(node, spot)
    later = source.type in ("take", "secret")
    convert = _plain(opened, source, spot) if later else _convert(node, opened, source, spot)
    optional = source.optional or any(name in opened for name in ("absent", "nullable", "when"))
    if spot.fixed and optional and "absent" not in opened:
        report.add(node, "path-optional", "a part of an address cannot be left out", "use `absent:` or remove the `?`")
    if source.type != "const":
        _cover(node, optional, spot)
    return _assemble(opened, source, convert, spot, optional) if convert else None


def _null(node: Node, spot: Spot) -> Write:
    if spot.style != "json":
        spot.intent.desk.report.add(node, "type-mismatch", "null outside JSON", "leave the value out")
    _cover(node, False, spot)
    where = spot.where

    def write(job: Job) -> None:
        if job.seen is not None:
            job.seen.add(where)

    return write


def _cover(node: Node, optional: bool, spot: Spot) -> None:
    spot.intent.desk.cover.setdefault(spot.where, node)
    if optional:
        spot.intent.desk.cover.setdefault(f"{spot.where}.absent", node)


def _plain(opened: Opened, source: Source, spot: Spot) -> Convert:
    """What is known only at sending passes as it is."""
    for key in ("type", "table", "unknown", "clean", "formats", "zone", "max", "longer", "mark", "join"):
        if key in opened:
            what = f"`{key}` of a `{source.type}`, which is known only when it is sent"
            spot.intent.desk.report.add(opened[key], "unknown-key", what, f"remove `{key}`")
    return lambda value: value


def _assemble(opened: Opened, source: Source, convert: Convert, spot: Spot, optional: bool) -> Write:
    where, get, seen_absent = spot.where, source.get, f"{spot.where}.absent"
    condition = compile_when(opened.get("when"), spot)
    fallback = _fallback(opened, spot, optional)
    table = opened["table"].value if isinstance(opened.get("table"), Text) else None  # type: ignore[union-attr]

    def write(job: Job) -> Any:
        value = get(job) if condition is None or condition(job) else None
        if value is not None and not (value.__class__ is str and not value.strip()):
            if job.seen is not None and table is not None:
                job.seen.add(f"tables.{table}.{spell(value)}")
            try:
                value = convert(value)
            except Misfit as misfit:
                raise RenderingError(where, str(misfit)) from None
        else:
            value = None
        if job.seen is not None:
            job.seen.add(where if value is not None else seen_absent)
        return value if value is not None else fallback()

    return write


def _fallback(opened: Opened, spot: Spot, optional: bool) -> Callable[[], Any]:
    where, report = spot.where, spot.intent.desk.report
    if read_flag(opened.get("nullable"), "`nullable`", report):
        if spot.style not in ("json", "message"):
            report.add(opened["nullable"], "type-mismatch", "`nullable` outside JSON and SOAP", "remove it")
        return lambda: None
    text = opened.get("absent")
    if isinstance(text, Text):
        value = _literal(text, opened, spot) if read_text(text, "`absent`", report) is not None else text.value
        return lambda: value
    if optional:
        return lambda: OMIT

    def refuse() -> Any:
        raise RenderingError(where, "absent")

    return refuse


def _literal(text: Text, opened: Opened, spot: Spot) -> Any:
    """A constant in the value's type, checked now."""
    report, kind = spot.intent.desk.report, opened.get("type")
    refuse_expression(text, report)
    fit = compile_fit(spot.intent.encoding if spot.body else None, False, spot.style in ("xml", "message"))
    try:
        return _typed(kind.value if isinstance(kind, Text) else "text", text.value, fit, spot.style)
    except Misfit as misfit:
        code = "encoding-lacks" if "lacks" in str(misfit) else "const-type"
        report.add(text, code, f"`{text.value}`: {misfit}", "write one that fits, or change the type or encoding")
        return text.value


def _typed(kind: str, value: Any, fit: Callable[[str], str], style: str) -> Any:
    readers: dict[str, Callable[[Any], Any]] = {
        "integer": to_integer, "number": to_number, "boolean": to_boolean, "uuid": to_uuid,
    }  # fmt: skip
    if kind not in readers:
        return fit(spell(value))
    read = readers[kind](value)
    return read if style == "json" else spell(read)


def _convert(node: Node, opened: Opened, source: Source, spot: Spot) -> Convert | None:
    report = spot.intent.desk.report
    kind = read_choice(opened.get("type"), "`type`", WRITE_TYPES, report, "unknown-type") or _own_type(source)
    if source.type == "file":
        return _file(node, kind, spot)
    if kind == "base64":
        report.add(opened["type"], "type-mismatch", "only a file's content has base64", "use it with `item.bytes`")
        return None
    if "const" in opened and isinstance(const := opened["const"], Text):
        return _const(const, opened, kind, spot)
    table = find_table(opened.get("table"), spot.intent.desk)
    if table is not None:
        return _translate(opened, source, table, kind, spot)
    if "unknown" in opened:
        report.add(opened["unknown"], "unknown-without-table", "`unknown` without a table", "add `table:` or remove it")
    formats = _formats(node, opened, source, kind, spot)
    if kind == "time":
        _check_time(node, source, spot)
        return _time(formats, spot) if formats else None
    cleaners = read_choices(opened.get("clean"), "`clean`", CLEANERS, report, "unknown-cleaner")
    fit, limit, style = spot.fit(), read_limit(opened, spot), spot.style
    runs = [CLEANERS[name].run for name in cleaners]

    def clean(value: Any) -> str | None:
        text: str | None = spell(value)
        for run in runs:
            text = run(text) if text is not None else None
        return None if text is None or not text.strip() else text

    def convert(value: Any) -> Any:
        if kind != "text":
            return _typed(kind, value, fit, style)
        text = clean(value)
        return None if text is None else fit(limit.cut(text))

    if limit.longer == "attach":
        condition, get = compile_when(opened.get("when"), spot), source.get

        def read(job: Job) -> str | None:
            value = get(job) if condition is None or condition(job) else None
            return None if value is None else clean(value)

        watch(opened, source.text, limit, read, spot)
    return convert


def _own_type(source: Source) -> str:
    return "text" if source.type == "const" else source.type


def _check_time(node: Node, source: Source, spot: Spot) -> None:
    if source.type != "time":
        what = f"this value is {source.type}, not a time"
        spot.intent.desk.report.add(node, "type-mismatch", what, "remove `type: time`")


def _const(const: Text, opened: Opened, kind: str, spot: Spot) -> Convert | None:
    if kind == "time":
        spot.intent.desk.report.add(const, "type-mismatch", "a constant time is a text", "remove `type: time`")
        return None
    value = _literal(const, opened, spot)
    return lambda _: value


def _file(node: Node, kind: str, spot: Spot) -> Convert | None:
    if kind == "base64":
        return lambda content: _mark(content) | {"as": "base64"}
    if not spot.file:
        remedy = "use it as `body`, in `multipart`, or with `type: base64`"
        spot.intent.desk.report.add(node, "file-place", "a file's content cannot stand here", remedy)
        return None
    return _mark


def _mark(content: str | WholeText) -> dict[str, str]:
    """A file of the store by its digest, or one that is made of a text."""
    return {"$text": content.whole} if isinstance(content, WholeText) else {"$file": content}


def _formats(node: Node, opened: Opened, source: Source, kind: str, spot: Spot) -> list[Format]:
    report = spot.intent.desk.report
    zone = read_zone(opened.get("zone"), report) or spot.intent.zone
    around = Around(spot.intent.desk, spot.where, False, zone)
    timely = source.type == "time" and kind in ("time", "text")
    if kind == "text" and source.type == "time":
        report.add(opened.get("type", node), "type-mismatch", "a time cannot be written as text", "remove `type: text`")
        return []
    return compile_formats(node, opened, timely, timely, around)


def _time(formats: list[Format], spot: Spot) -> Convert:
    first, style, fit = formats[0].write, spot.style, spot.fit()

    def write(value: Any) -> Any:
        if not isinstance(value, datetime):
            raise Misfit("not a time")
        made = first(value)
        return fit(made) if isinstance(made, str) else made if style == "json" else str(made)

    return write


def _translate(opened: Opened, source: Source, table: Table, kind: str, spot: Spot) -> Convert | None:
    report = spot.intent.desk.report
    for key in ("clean", "max", "longer", "mark", "formats"):
        if key in opened:
            what = f"`{key}` changes the words of table `{table.name}`: they could not be read back"
            report.add(opened[key], "round-trip", what, f"remove `{key}`")
    target = Target(source.text, "text", source.codes, False, True)
    check_codes(table, target, spot.intent.desk)
    rest = opened.get("unknown")
    other = _literal(rest, opened, spot) if isinstance(rest, Text) and read_text(rest, "`unknown`", report) else None
    if other is None:
        _check_complete(opened["table"], table, target, spot)
    words: dict[str, Any] = {}
    for code, word in table.theirs.items():
        place = table.named or table.node.get(code) or table.node
        words[code] = _literal(Text(word, place.line, place.column), opened, spot)
    not_sent, where, name = table.not_sent, spot.where, table.name

    def convert(value: Any) -> Any:
        code = spell(value)
        if code in words:
            return words[code]
        if code in not_sent:
            raise NotSent(where, f"table {name} does not send this code")
        if other is not None:
            return other
        raise Misfit(f"table {name} has no word for this code")

    return convert


def _check_complete(node: Node, table: Table, target: Target, spot: Spot) -> None:
    desk = spot.intent.desk
    codes = target.codes if target.codes is not None else desk.topics if target.name.endswith("topic.code") else None
    missing = sorted((codes or frozenset()) - table.codes - table.not_sent)
    if missing:
        what = f"table `{table.name}` has no word for {', '.join(f'`{code}`' for code in missing[:8])}" + (
            f" and {len(missing) - 8} more" if len(missing) > 8 else ""
        )
        remedy = "add a word for each, list it in the table's `not_sent`, or write `unknown: WORD` for the rest"
        desk.report.add(node, "code-without-word", what, remedy)


def is_value(node: Node) -> bool:
    """A mapping with a source key whose content is not itself a mapping: otherwise it is an object."""
    return isinstance(node, Map) and any(
        key.value in SOURCES and not isinstance(value, Map) for key, value in node.items
    )
