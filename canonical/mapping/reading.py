"""Compiles one value that is read: a path or a constant, through cleaning, tables and types, to a Leaf."""

from datetime import UTC, datetime, tzinfo
from typing import Any

from canonical.clean import CLEANERS
from canonical.mapping.conditions import compile_condition
from canonical.mapping.desk import Around, check_codes, find_table, read_zone, refuse_expression
from canonical.mapping.errors import Misfit
from canonical.mapping.grammar import READ
from canonical.mapping.nodes import Node, Seq, Text
from canonical.mapping.opening import Opened, open_map, read_choice, read_choices, read_some, read_text
from canonical.mapping.parts import UNKNOWN, Leaf, Pick, Step
from canonical.mapping.picking import Picked, compile_pick
from canonical.mapping.report import suggest
from canonical.mapping.tables import Table, report_twice
from canonical.mapping.targets import COMPANIONS, Target
from canonical.mapping.times import Format, compile_format
from canonical.mapping.values import READ_TYPES, to_stripped, to_text

Steps = list[tuple[str, Step]]


def compile_leaf(node: Node, target: Target, around: Around) -> Leaf | None:
    """None when a finding says why not."""
    report = around.desk.report
    if isinstance(node, Seq):
        report.add(node, "not-a-list", f"`{target.name}` is one value, not a list", "write a path or `{path: …}`")
        return None
    opened: Opened | None = {"path": node} if isinstance(node, Text) else open_map(node, READ, report)
    if opened is None:
        return None
    picked = _pick(node, opened, around)
    steps = _steps(node, opened, target, around, picked)
    if picked is None or steps is None:
        return None
    _check_const(opened, steps, target, around)
    fallback = _fallback(opened, steps, target, around, picked)
    optional = picked.optional or "absent" in opened or ("const" in opened and "when" in opened)
    if target.required and optional and "absent" not in opened:
        what = f"`{target.name}` is obligatory and may come out empty here"
        report.add(node, "required-optional", what, "remove the `?`, or say `absent:` what stands for it")
    _cover(node, target, optional, around)
    return Leaf(
        target.name, picked.text, _with_condition(picked.pick, opened, around), tuple(steps), fallback, not optional
    )


def _cover(node: Node, target: Target, optional: bool, around: Around) -> None:
    name = f"{around.where}.{target.name}"
    around.desk.cover.setdefault(name, node)
    if optional:
        around.desk.cover.setdefault(f"{name}.absent", node)


def _pick(node: Node, opened: Opened, around: Around) -> Picked | None:
    report = around.desk.report
    sources = [name for name in ("path", "const") if name in opened]
    if len(sources) > 1:
        report.add(node, "several-sources", "a value with both `path` and `const`", "keep one; `absent:` is the other")
        return None
    if not sources:
        report.add(node, "no-source", "a value without a source", "add `path:` or `const:`")
        return None
    if sources == ["path"]:
        return compile_pick(opened["path"], opened.get("join"), around)
    const = read_text(opened["const"], "`const`", report)
    if const is None:
        return None
    if isinstance(opened["const"], Text):
        refuse_expression(opened["const"], report)
    return Picked(lambda node, root: const, f"const {const}", False)


def _with_condition(pick: Pick, opened: Opened, around: Around) -> Pick:
    condition = compile_condition(opened.get("when"), around)
    if condition is None:
        return pick
    return lambda node, root: pick(node, root) if condition(node, root) else None


def _steps(node: Node, opened: Opened, target: Target, around: Around, picked: Picked | None) -> Steps | None:
    report = around.desk.report
    kind = read_choice(opened.get("type"), "`type`", READ_TYPES, report, "unknown-type") or target.type
    if target.type not in READ_TYPES[kind].fits:
        what = f"`{target.name}` is {target.type} and cannot hold {kind}"
        report.add(opened.get("type", node), "type-mismatch", what, f"write `type: {target.type}` or remove `type`")
        return None
    cleaners = read_choices(opened.get("clean"), "`clean`", CLEANERS, report, "unknown-cleaner")
    table = find_table(opened.get("table"), around.desk)
    steps: Steps = [("text", to_text)] if cleaners else []
    steps += [(name, CLEANERS[name].run) for name in cleaners]
    if table is not None:
        return [*steps, *_translate(node, opened, target, table, cleaners, around)]
    if "unknown" in opened:
        report.add(opened["unknown"], "unknown-without-table", "`unknown` without a table", "add `table:` or remove it")
    if target.codes is not None and "const" not in opened and "table" not in opened:
        known = ", ".join(sorted(target.codes))
        report.add(node, "needs-table", f"`{target.name}` takes only codes: {known}", "add `table:`")
    around = around.deeper(read_zone(opened.get("zone"), report))
    formats = compile_formats(node, opened, kind in ("time", "year"), kind == "time", around)
    if formats:
        return [
            *steps,
            ("time", time_reader(formats)),
            *([("year", _year_of(around.zone))] if kind == "year" else []),
        ]
    return [*steps, (kind, READ_TYPES[kind].read)]


def _year_of(zone: tzinfo | None) -> Step:
    def year(value: Any) -> str:
        return str((value.astimezone(zone) if zone else value).year)

    return year


def time_reader(formats: list[Format]) -> Step:
    if len(formats) == 1:
        return formats[0].read

    def read(value: Any) -> datetime | None:
        for form in formats[:-1]:
            try:
                return form.read(value)
            except Misfit:
                continue
        return formats[-1].read(value)

    return read


def compile_formats(node: Node, opened: Opened, timely: bool, demanded: bool, around: Around) -> list[Format]:
    report = around.desk.report
    texts = read_some(opened.get("formats"), "`formats`", report)
    if not timely:
        if "formats" in opened:
            report.add(
                opened["formats"], "formats-useless", "formats of something that is not a time", "remove `formats`"
            )
        return []
    if demanded and "formats" not in opened:
        report.add(
            node, "formats-missing", "a time without `formats`", "say how it is written: `formats: [D.M.YYYY H:mm]`"
        )
    made = [form for text in texts if (form := _format(text, around))]
    if around.zone is None and "zone" not in opened and any(not form.zoned for form in made):
        report.add(node, "zone-missing", "a time without a zone", "add `zone: Asia/Yekaterinburg` here or above")
    return made


def _format(text: Text, around: Around) -> Format | None:
    try:
        return compile_format(text.value, around.zone or UTC)
    except ValueError as error:
        around.desk.report.add(text, "bad-format", f"time format: {error}", "write one like `D.M.YYYY H:mm`, or `iso`")
        return None


def _translate(node: Node, opened: Opened, target: Target, table: Table, cleaners: list[str], around: Around) -> Steps:
    report = around.desk.report
    for key in ("formats", "zone"):
        if key in opened:
            report.add(opened[key], "formats-useless", f"`{key}` of a value with a table", f"remove `{key}`")
    if target.type not in ("text", "boolean"):
        what = f"`{target.name}` is {target.type}; tables give codes"
        report.add(opened["table"], "type-mismatch", what, "remove `table`")
        return []
    if table.named is None and table.name not in around.desk.read:
        around.desk.read.add(table.name)
        report_twice(table, report)
    check_codes(table, target, around.desk)
    _check_cleaned_words(table, cleaners, around)
    unknown = _unknown(node, opened, target, around)
    steps: Steps = [("trim", to_stripped), (f"table {table.name}", _lookup(table, unknown, target, around))]
    return [*steps, ("boolean", READ_TYPES["boolean"].read)] if target.type == "boolean" else steps


def _unknown(node: Node, opened: Opened, target: Target, around: Around) -> Any:
    report = around.desk.report
    code = read_text(opened.get("unknown"), "`unknown`", report)
    if code is not None:
        if target.codes is not None and code not in target.codes:
            what = f"`{target.name}` has no code `{code}`"
            report.add(opened["unknown"], "unknown-code", what, suggest(code, target.codes))
        return code
    if target.nullable or target.name in COMPANIONS:
        return UNKNOWN
    what = f"`{target.name}` cannot be empty, and a word that the table lacks would leave it so"
    report.add(node, "needs-unknown", what, "add `unknown:` with one of our codes")
    return UNKNOWN


def _lookup(table: Table, unknown: Any, target: Target, around: Around) -> Step:
    ours, count = table.ours, around.desk
    kind, field = around.where.rpartition(".")[2], target.name

    def look(word: str) -> Any:
        code = ours.get(word)
        if code is not None:
            return code
        count.count_unknown(kind, field)
        return unknown

    return look


def _check_cleaned_words(table: Table, cleaners: list[str], around: Around) -> None:
    """A word that cleaning changes would never be found."""
    for word in table.ours if cleaners else ():
        cleaned: str | None = word
        for name in cleaners:
            cleaned = CLEANERS[name].run(cleaned) if cleaned is not None else None
        if (cleaned or "").strip() != word:
            what = f"cleaning changes the word `{word}` of table `{table.name}`, so it is never found"
            around.desk.report.add(table.place, "round-trip", what, "remove the cleaning or spell the word as cleaned")


def _check_const(opened: Opened, steps: Steps, target: Target, around: Around) -> None:
    if isinstance(const := opened.get("const"), Text) and const.value.strip():
        _convert(const, steps, target, around)


def _fallback(opened: Opened, steps: Steps, target: Target, around: Around, picked: Picked) -> Any:
    absent = opened.get("absent")
    if absent is None or read_text(absent, "`absent`", around.desk.report) is None or not isinstance(absent, Text):
        return None
    if "table" in opened:  # the fallback is ours, not theirs
        steps = [("code", to_stripped)] + (
            [("boolean", READ_TYPES["boolean"].read)] if target.type == "boolean" else []
        )
    return _convert(absent, steps, target, around)


def _convert(text: Text, steps: Steps, target: Target, around: Around) -> Any:
    report = around.desk.report
    value: Any = text.value
    try:
        for _, step in steps:
            value = step(value) if value is not None else None
    except Misfit as misfit:
        report.add(
            text, "const-type", f"`{text.value}` does not fit `{target.name}`: {misfit}", f"write a {target.type}"
        )
        return None
    if target.codes is not None and isinstance(value, str) and value not in target.codes:
        report.add(text, "unknown-code", f"`{target.name}` has no code `{value}`", suggest(value, target.codes))
    return None if value is UNKNOWN else value
