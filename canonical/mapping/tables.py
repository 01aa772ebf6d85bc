"""Tables `ours: [theirs, …]`: one table, both directions.

A foreign word that stands for two codes is a mistake where the table is read; a recipient whose dictionary is coarser
than ours may be written it.
"""

from collections.abc import Mapping as Lookup
from dataclasses import dataclass, replace

from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.report import Report, suggest

NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True)
class Table:
    """`ours`: their word → our code; `theirs`: our code → the word written. `named`: where a mapping names a table of
    a file of its own, at whose lines nothing of the mapping can be reported. `twice`: words of several codes."""

    name: str
    ours: dict[str, str]
    theirs: dict[str, str]
    not_sent: frozenset[str]
    node: Map
    named: Text | None = None
    twice: tuple[tuple[Text, str], ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(self.theirs)

    @property
    def place(self) -> Node:
        return self.named or self.node

    def place_of(self, code: str) -> Node:
        """Where the mapping spells this code."""
        if self.named is not None:
            return self.named
        unsent = self.node.get(NOT_SENT)
        words = unsent.items if isinstance(unsent, Seq) else (unsent,)
        listed = next((one for one in words if isinstance(one, Text) and one.value == code), None)
        return self.node.key(code) or listed or self.node


def compile_tables(node: Node | None, shared: Lookup[str, Table], report: Report) -> dict[str, Table]:
    """`shared`: tables of files, by path; a mapping names one instead of writing rows."""
    if node is None:
        return {}
    if not isinstance(node, Map):
        report.add(node, "wrong-shape", "`tables` is not a mapping", "write `tables: {state: {ours: [theirs]}}`")
        return {}
    made = {key.value: _open(key.value, value, shared, report) for key, value in node.items}
    return {name: table for name, table in made.items() if table is not None}


def _open(name: str, node: Node, shared: Lookup[str, Table], report: Report) -> Table | None:
    if not isinstance(node, Text):
        return compile_table(name, node, report)
    found = shared.get(node.value)
    if found is None:
        report.add(node, "unknown-table", f"there is no file `{node.value}`", suggest(node.value, list(shared)))
        return None
    return replace(found, name=name, named=node)


def compile_table(name: str, node: Node, report: Report, base: Table | None = None) -> Table:
    """`base`: rows that hold where this table has no row of the same code."""
    twice: list[tuple[Text, str]] = []
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}
    not_sent: frozenset[str] = frozenset()
    if not isinstance(node, Map):
        report.add(node, "wrong-shape", f"table `{name}` is not a mapping", "write `ours: [theirs, …]` rows")
        return Table(name, ours, theirs, not_sent, Map((), node.line, node.column))
    if base is not None:
        own = {key.value for key, _ in node.items} | {word.value for word in _words(name, node.get(NOT_SENT), report)}
        ours = {word: code for word, code in base.ours.items() if code not in own}
        theirs = {code: word for code, word in base.theirs.items() if code not in own}
    for key, row in node.items:
        words = _words(name, row, report)
        if key.value == NOT_SENT:
            not_sent = frozenset(word.value for word in words)
            continue
        if not words:
            report.add(row, "empty-row", f"`{key.value}` of table `{name}` has no word", "add it to `not_sent`")
        if any(word.value.strip() == NOT_SENT for word in words):
            what = f"`{key.value}` of table `{name}` has the word `{NOT_SENT}`"
            report.add(row, "not-sent-word", what, f"write it as a row of the table, `{NOT_SENT}: [{key.value}]`")
        for word in words:
            _add(name, key.value, word, ours, twice, report)
        if words:
            theirs[key.value] = words[0].value.strip()
    for key, _ in node.items:
        if key.value in not_sent:
            report.add(key, "not-sent-word", f"`{key.value}` is in `not_sent` and has a word", "keep one of the two")
    if not ours:
        report.add(node, "empty-table", f"table `{name}` has no words", "add `ours: [theirs]` rows or remove it")
    return Table(name, ours, theirs, not_sent | (base.not_sent - set(theirs) if base else frozenset()), node,
                 twice=tuple(twice))  # fmt: skip


def _words(name: str, row: Node | None, report: Report) -> list[Text]:
    items = row.items if isinstance(row, Seq) else (row,) if row is not None else ()
    words = []
    for item in items:
        if isinstance(item, Text):
            words.append(item)
        else:
            report.add(item, "wrong-shape", f"a word of table `{name}` is not a text", "write `ours: [theirs, …]`")
    return words


def report_twice(table: Table, report: Report) -> None:
    """For a table that is read."""
    for word, what in table.twice:
        report.add(word, "word-twice", what, "each foreign word that is read means one code")


def _add(
    table: str, code: str, word: Text, ours: dict[str, str], twice: list[tuple[Text, str]], report: Report
) -> None:
    spelt = word.value.strip()
    if not spelt:
        report.add(word, "empty-word", f"an empty word in table `{table}`", "use `absent:` of the value for absence")
    elif spelt in ours:
        what = f"the word `{spelt}` stands for `{ours[spelt]}` and again for `{code}` in table `{table}`"
        twice.append((word, what))
    else:
        ours[spelt] = code
