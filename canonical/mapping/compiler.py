"""Text → compiled mapping and findings, in one pass."""

import hashlib
import re
from dataclasses import dataclass

from canonical.mapping.desk import CountUnknown, Desk, read_zone
from canonical.mapping.grammar import MODES, ROLES, TOP
from canonical.mapping.hiding import find_secrets
from canonical.mapping.inbound import compile_in
from canonical.mapping.mapping import Mapping, raw_settings
from canonical.mapping.nodes import Map, Node, parse, to_plain
from canonical.mapping.opening import Opened, open_map, read_choice, read_choices, read_text
from canonical.mapping.outbound import compile_out
from canonical.mapping.report import Report, TooMany
from canonical.mapping.shared import SharedTables
from canonical.mapping.tables import compile_tables

VERSION = "1"
_SYSTEM = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Compiled:
    mapping: Mapping | None
    desk: Desk
    opened: Opened


def compile_mapping(
    text: str,
    path: str,
    count_unknown: CountUnknown | None = None,
    topics: frozenset[str] | None = None,
    shared: SharedTables | None = None,
) -> Compiled:
    """Never raises; `desk.report` holds the findings."""
    report = Report(path)
    desk = Desk(report, shared=(shared or SharedTables()).tables, topics=topics)
    if count_unknown:
        desk.count_unknown = count_unknown
    try:
        node = parse(text, report)
        opened = open_map(node, TOP, report) if node else None
        if node is None or opened is None:
            return Compiled(None, desk, {})
        return Compiled(_compile(text, path, node, opened, desk), desk, opened)
    except TooMany:
        return Compiled(None, desk, {})


def _compile(text: str, path: str, node: Map, opened: Opened, desk: Desk) -> Mapping:
    report = desk.report
    system = _system(opened, report)
    zone = read_zone(opened.get("zone"), report)
    desk.tables = compile_tables(opened.get("tables"), desk.shared, report)
    readers = compile_in(opened.get("in"), desk, zone)
    writers = compile_out(opened.get("out"), desk, zone)
    roles = frozenset(read_choices(opened.get("roles"), "`roles`", ROLES, report))
    _check_whole(opened, desk, roles)
    connect = opened.get("connect")
    _check_connect(connect, report)
    return Mapping(
        system=system,
        adapter=read_text(opened.get("adapter"), "`adapter`", report) or "",
        title=read_text(opened.get("title"), "`title`", report) or system,
        roles=roles,
        mode=read_choice(opened.get("mode"), "`mode`", MODES, report) or "shadow",
        hash=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        path=path,
        settings=to_plain(connect) if isinstance(connect, Map) else {},
        changes=raw_settings(node, "changes"),
        webhooks=raw_settings(node, "webhook"),
        tables=desk.tables,
        readers=readers,
        writers=writers,
        node=node,
    )


def _system(opened: Opened, report: Report) -> str:
    version = read_text(opened.get("version"), "`version`", report)
    if version is not None and version != VERSION:
        report.add(opened["version"], "unknown-version", f"version `{version}`", f"this gateway speaks {VERSION}")
    system = read_text(opened.get("system"), "`system`", report) or ""
    if system and not _SYSTEM.fullmatch(system):
        remedy = "use a-z, 0-9, `_`, `-`; a letter first; 40 at most"
        report.add(opened["system"], "bad-name", f"`{system}` cannot name a system", remedy)
    return system


def _check_whole(opened: Opened, desk: Desk, roles: frozenset[str]) -> None:
    report = desk.report
    top = next(iter(opened.values()), None)
    if top is not None and "in" not in opened and "out" not in opened:
        report.add(top, "nothing-to-do", "neither `in` nor `out`", "add what is read from or written to the system")
    for role, section, name in (("channel", "in", "appeal"), ("recipient", "out", "forward")):
        held = opened.get(section)
        has = isinstance(held, Map) and held.get(name) is not None
        if role in roles and not has:
            report.add(opened["roles"], "role-without-section", f"a {role} without `{section}.{name}`", "add it")
        if has and role not in roles and "roles" in opened and isinstance(held, Map) and (key := held.key(name)):
            what = f"`{section}.{name}` of a system that is no {role}"
            report.add(key, "section-without-role", what, f"add `{role}` to `roles` or remove the section")
    # Where something is not understood yet, nobody knows what it would have used.
    for name, table in () if report.findings else desk.tables.items():
        if name not in desk.used:
            report.add(table.place, "unused-table", f"nothing uses table `{name}`", "remove it or name it by `table:`")


def _check_connect(node: Node | None, report: Report) -> None:
    if node is None:
        return
    if not isinstance(node, Map):
        report.add(node, "wrong-shape", "`connect` is not a mapping", "write `key: value` lines")
        return
    find_secrets(node, report)
