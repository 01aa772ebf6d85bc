"""One mapping of a policy file, read key by key. What does not fit is reported and read as absent."""

from collections.abc import Iterable

from canonical.mapping.nodes import Map, Node, Seq, Text, parse
from router.report import Report, suggest

#: Keys that every policy file has.
COMMON = ("version",)


class Section:
    def __init__(self, report: Report, node: Map, keys: Iterable[str] | None = None) -> None:
        """`keys`: all that may stand here; None: any."""
        self.report, self.node = report, node
        self.line, self.column = node.line, node.column
        known = None if keys is None else frozenset(keys)
        for key, _ in node.items:
            if known is not None and key.value not in known:
                report.add(key, "unknown-key", f"`{key.value}` is not known here", suggest(key.value, known))

    def entries(self) -> list[tuple[Text, Node]]:
        return list(self.node.items)

    def has(self, name: str) -> bool:
        return self.node.get(name) is not None

    def at(self, name: str) -> Text | Map:
        """Where to point when `name` is wrong: its key, else this mapping."""
        return self.node.key(name) or self.node

    def text(self, name: str, default: str = "") -> str:
        node = self.node.get(name)
        if node is None or isinstance(node, Text):
            return default if node is None else node.value
        self.report.add(node, "wrong-shape", f"`{name}` is not a text", "write one value")
        return default

    def choice(self, name: str, options: Iterable[str], default: str) -> str:
        value, known = self.text(name, default), frozenset(options) | {default}
        if value in known:
            return value
        self.report.add(self.at(name), "unknown-choice", f"`{name}: {value}`", suggest(value, known))
        return default

    def flag(self, name: str, default: bool) -> bool:
        return self.choice(name, ("yes", "no"), "yes" if default else "no") == "yes"

    def number(self, name: str, low: float, high: float, default: float) -> float:
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if low <= number <= high:
            return number
        self.report.add(self.at(name), "bad-number", f"`{name}: {value}`", f"a number from {low:g} to {high:g}")
        return default

    def texts(self, name: str) -> list[Text]:
        """A list of texts; one text alone is a list of one."""
        return read_texts(self.report, name, self.node.get(name))

    def section(self, name: str, keys: Iterable[str] | None = None) -> "Section":
        """An empty one when it is absent."""
        node = self.node.get(name)
        if node is not None and not isinstance(node, Map):
            self.report.add(node, "wrong-shape", f"`{name}` is not a mapping", "write `key: value` lines below it")
            node = None
        return Section(self.report, node or Map((), self.line, self.column), keys)

    def sections(self, name: str | None = None, keys: Iterable[str] | None = None) -> list[tuple[Text, "Section"]]:
        """The named mappings below `name`, or below this one."""
        inner, known = self.section(name) if name else self, None if keys is None else frozenset(keys)
        found = []
        for key, node in inner.entries():
            if isinstance(node, Map):
                found.append((key, Section(self.report, node, known)))
            else:
                self.report.add(
                    node, "wrong-shape", f"`{key.value}` is not a mapping", "write `key: value` lines below it"
                )
        return found


def read_texts(report: Report, name: str, node: Node | None) -> list[Text]:
    if node is None or isinstance(node, Text):
        return [node] if node else []
    items = node.items if isinstance(node, Seq) else (node,)
    for item in items:
        if not isinstance(item, Text):
            report.add(node, "wrong-shape", f"`{name}` is not a list of texts", "write `[one, two]`")
            return []
    return [item for item in items if isinstance(item, Text)]


def open_file(report: Report, text: str, keys: Iterable[str]) -> Section:
    """The top mapping of a policy file."""
    node = parse(text, report) or Map((), 1, 1)
    return Section(report, node, (*COMMON, *keys))
