"""Code tables that several mappings name: one file each, `tables/NAME.yaml` beside `systems`."""

from collections.abc import Iterable
from collections.abc import Mapping as Lookup
from contextlib import suppress
from dataclasses import dataclass, field

from canonical.finding import Finding
from canonical.mapping.grammar import SHARED_TABLE
from canonical.mapping.nodes import Map, Node, Text, parse
from canonical.mapping.opening import Opened, open_map, read_text
from canonical.mapping.report import Report, TooMany, suggest
from canonical.mapping.tables import Table, compile_table, report_twice

TABLES = "tables/"


@dataclass(frozen=True, slots=True)
class SharedTables:
    """`tables`: by path; those with mistakes are as good as they can be read. `bases`: path → the file it builds on."""

    tables: dict[str, Table] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def find_unused(self, named: Iterable[str]) -> list[Finding]:
        """`named`: paths that mappings name."""
        used = {*named, *self.bases.values()}
        what, remedy = "no mapping names this table", "name it in a mapping's `tables` or remove the file"
        return [Finding(path, 1, 1, "unused-table", what, remedy) for path in sorted(self.tables) if path not in used]


@dataclass(slots=True)
class _File:
    path: str
    report: Report
    opened: Opened
    base: Text | None = None


def load_tables(files: Lookup[str, str]) -> SharedTables:
    """Tables of a configuration's files, by path below its folder. Never raises; `findings` hold the mistakes."""
    wanted = [path for path in files if path.startswith(TABLES) and path.endswith(".yaml")]
    opened = {path: _open(path, files[path]) for path in sorted(wanted)}
    made = SharedTables()
    for path in opened:
        with suppress(TooMany):
            _compile(path, opened, made, ())
    for one in opened.values():
        made.findings.extend(one.report.findings)
    return made


def _open(path: str, text: str) -> _File:
    report = Report(path)
    with suppress(TooMany):
        return _read(path, text, report)
    return _File(path, report, {})


def _read(path: str, text: str, report: Report) -> _File:
    node = parse(text, report)
    opened = (open_map(node, SHARED_TABLE, report) if node else None) or {}
    version = read_text(opened.get("version"), "`version`", report)
    if version not in (None, "1"):
        report.add(opened["version"], "unknown-version", f"version `{version}`", "this gateway speaks 1")
    base = opened.get("base")
    named = base if isinstance(base, Text) and read_text(base, "`base`", report) is not None else None
    return _File(path, report, opened, named)


def _compile(path: str, opened: dict[str, _File], made: SharedTables, under: tuple[str, ...]) -> Table:
    """`under`: files that wait for this one as their base."""
    if path in made.tables:
        return made.tables[path]
    one = opened[path]
    base = _find_base(one, opened, made, (*under, path))
    rows: Node = one.opened.get("rows") or Map((), 1, 1)
    name = path.removeprefix(TABLES).removesuffix(".yaml")
    # A file without rows has its finding already.
    report = one.report if "rows" in one.opened else Report(path)
    made.tables[path] = table = compile_table(name, rows, report, base)
    report_twice(table, report)  # a mapping cannot tell of another file's lines, so here it always counts
    return table


def _find_base(one: _File, opened: dict[str, _File], made: SharedTables, chain: tuple[str, ...]) -> Table | None:
    if one.base is None:
        return None
    wanted = one.base.value
    if wanted not in opened:
        one.report.add(one.base, "unknown-table", f"there is no file `{wanted}`", suggest(wanted, list(opened)))
        return None
    if wanted in chain:
        circle = " → ".join((*chain[chain.index(wanted) :], wanted))
        one.report.add(one.base, "table-cycle", f"tables built on each other: {circle}", "remove one `base`")
        return None
    made.bases[one.path] = wanted
    return _compile(wanted, opened, made, chain)
