"""What every compiling function shares: where findings go, the tables, and what surrounds a value."""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from canonical.mapping.nodes import Node, Text
from canonical.mapping.opening import read_text
from canonical.mapping.report import Placed, Report, suggest
from canonical.mapping.tables import Table
from canonical.mapping.targets import Target

#: Called with (kind, field) for every word that a table lacks.
CountUnknown = Callable[[str, str], None]
_EXPRESSION = re.compile(r"\{\{|\}\}|\$\{|\{%|<%|#\{|^\$[.\[]|^=[A-Za-z(]|\{[A-Za-z_][\w.]*\}")


@dataclass(slots=True)
class Desk:
    report: Report
    shared: dict[str, Table] = field(default_factory=dict)  # of files, by path
    tables: dict[str, Table] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)  # tables that are read
    topics: frozenset[str] | None = None  # codes of topics.yaml, when it is at hand
    count_unknown: CountUnknown = lambda kind, field: None
    cover: dict[str, Placed] = field(default_factory=dict)  # coverage name → its place in the file


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds a value that is read. `where` is the coverage name of the section, such as `in.answer`."""

    desk: Desk
    where: str
    xml: bool
    zone: tzinfo | None
    rooted: bool = False  # entries: `/path` reaches the document

    def deeper(self, zone: tzinfo | None) -> "Around":
        return replace(self, zone=zone or self.zone)


def read_zone(node: Node | None, report: Report) -> tzinfo | None:
    name = read_text(node, "`zone`", report)
    if node is None or name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        report.add(node, "unknown-zone", f"there is no time zone `{name}`", _suggest_zone(name))
        return UTC  # so that its times are not said to have none


def _suggest_zone(name: str) -> str:
    same = [zone for zone in sorted(available_timezones()) if zone.casefold().endswith("/" + name.casefold())]
    return f"did you mean `{same[0]}`?" if same else "write one like `Asia/Yekaterinburg`"


def read_encoding(node: Node | None, report: Report) -> str | None:
    name = read_text(node, "`encoding`", report)
    if node is None or name is None:
        return None
    try:
        "".encode(name)
        codecs.lookup(name)
        return name.strip()
    except (LookupError, ValueError, UnicodeError):
        report.add(node, "unknown-encoding", f"there is no encoding `{name}`", "write one like `windows-1251`, `utf-8`")
        return None


def refuse_expression(text: Text, report: Report) -> None:
    if _EXPRESSION.search(text.value):
        what = "something like an expression; data and templates are never evaluated"
        report.add(text, "expression", what, "use `path`, `from` or `take`; addresses are lists of segments")


def find_table(node: Node | None, desk: Desk) -> Table | None:
    name = read_text(node, "`table`", desk.report)
    if node is None or name is None:
        return None
    table = desk.tables.get(name)
    if table is None:
        desk.report.add(node, "unknown-table", f"there is no table `{name}`", suggest(name, list(desk.tables)))
    else:
        desk.used.add(name)
    return table


def check_codes(table: Table, target: Target, desk: Desk) -> None:
    """Every code of the table is one that the field knows."""
    known = target.codes if target.codes is not None else desk.topics if target.name.endswith("topic.code") else None
    if known is None:
        return
    for code in (*table.theirs, *sorted(table.not_sent)):
        if code not in known:
            what = f"table `{table.name}`: `{target.name}` has no code `{code}`"
            desk.report.add(table.place_of(code), "unknown-code", what, suggest(code, known))
