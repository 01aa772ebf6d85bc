"""Tables `ours: [theirs, …]`: one table, both directions."""

from dataclasses import dataclass

from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.report import Report

NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True)
class Table:
    """`ours`: their word → our code; `theirs`: our code → the word written."""

    name: str
    ours: dict[str, str]
    theirs: dict[str, str]
    not_sent: frozenset[str]
    node: Map

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(self.theirs)


def compile_tables(node: Node | None, report: Report) -> dict[str, Table]:
    if node is None:
        return {}
    if not isinstance(node, Map):
        report.add(node, "wrong-shape", "`tables` is not a mapping", "write `tables: {state: {ours: [theirs]}}`")
        return {}
    return {key.value: _compile(key.value, value, report) for key, value in node.items}


def _compile(name: str, node: Node, report: Report) -> Table:
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}
    not_sent: frozenset[str] = frozenset()
    if not isinstance(node, Map):
        report.add(node, "wrong-shape", f"table `{name}` is not a mapping", "write `ours: [theirs, …]` rows")
        return Table(name, ours, theirs, not_sent, Map((), node.line, node.column))
    for key, row in node.items:
        words = _words(name, row, report)
        if key.value == NOT_SENT:
            not_sent = frozenset(word.value for word in words)
            continue
        if not words:
            report.add(row, "empty-row", f"`{key.value}` of table `{name}` has no word", "add it to `not_sent`")
        for word in words:
            _add(name, key.value, word, ours, report)
        if words:
            theirs[key.value] = words[0].value.strip()
    for key, _ in node.items:
        if key.value in not_sent:
            report.add(key, "not-sent-word", f"`{key.value}` is in `not_sent` and has a word", "keep one of the two")
    if not ours:
        report.add(node, "empty-table", f"table `{name}` has no words", "add `ours: [theirs]` rows or remove it")
    return Table(name, ours, theirs, not_sent, node)


def _words(name: str, row: Node, report: Report) -> list[Text]:
    items = row.items if isinstance(row, Seq) else (row,)
    words = []
    for item in items:
        if isinstance(item, Text):
            words.append(item)
        else:
            report.add(item, "wrong-shape", f"a word of table `{name}` is not a text", "write `ours: [theirs, …]`")
    return words


def _add(table: str, code: str, word: Text, ours: dict[str, str], report: Report) -> None:
    spelt = word.value.strip()
    if not spelt:
        report.add(word, "empty-word", f"an empty word in table `{table}`", "use `absent:` of the value for absence")
    elif spelt in ours:
        what = f"the word `{spelt}` stands for `{ours[spelt]}` and again for `{code}` in table `{table}`"
        report.add(word, "word-twice", what, "each foreign word means one code")
    else:
        ours[spelt] = code
