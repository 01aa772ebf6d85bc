"""Opens nodes by the grammar's declarations: shape, unknown keys, obligatory keys, choices, numbers."""

from collections.abc import Iterable

from canonical.mapping.grammar import Section
from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.report import Report, suggest

Opened = dict[str, Node]


def open_map(node: Node, section: Section, report: Report) -> Opened | None:
    """The known keys of a mapping; None when it is none. Findings for everything else."""
    if not isinstance(node, Map):
        report.add(node, "wrong-shape", f"{section.title} is not a mapping", "write `key: value` lines")
        return None
    opened: Opened = {}
    for key, value in node.items:
        if key.value in section.keys:
            opened[key.value] = value
        else:
            what = f"`{key.value}` is no key of {section.title[:1].lower()}{section.title[1:]}"
            report.add(key, "unknown-key", what, suggest(key.value, list(section.keys)))
    for name, declared in section.keys.items():
        if declared.required and name not in opened:
            report.add(node, "missing-key", f"{section.title} has no `{name}`", f"add `{name}`: {declared.doc}")
    return opened


def read_text(node: Node | None, what: str, report: Report) -> str | None:
    """A text that is not empty."""
    if node is None:
        return None
    if not isinstance(node, Text):
        report.add(node, "wrong-shape", f"{what} is not a text", "write one text")
        return None
    if not node.value.strip():
        report.add(node, "empty-value", f"{what} is empty", "write it or remove the key")
        return None
    return node.value


def read_choice(
    node: Node | None, what: str, choices: Iterable[str], report: Report, code: str = "unknown-choice"
) -> str | None:
    text = read_text(node, what, report)
    names = list(choices)
    if node is None or text is None or text in names:
        return text
    report.add(node, code, f"{what}: there is no `{text}`", suggest(text, names))
    return None


def read_texts(node: Node | None, what: str, report: Report) -> list[Text]:
    """A text, or a list of texts; empty ones are findings."""
    if node is None:
        return []
    items = node.items if isinstance(node, Seq) else (node,)
    return [item for item in items if read_text(item, what, report) is not None and isinstance(item, Text)]


def read_some(node: Node | None, what: str, report: Report) -> list[Text]:
    """As `read_texts`, where an empty list is a finding too."""
    if isinstance(node, Seq) and not node.items:
        report.add(node, "empty-value", f"{what} is an empty list", "name at least one, or remove the key")
    return read_texts(node, what, report)


def read_choices(
    node: Node | None, what: str, choices: Iterable[str], report: Report, code: str = "unknown-choice"
) -> list[str]:
    names = list(choices)
    texts = read_texts(node, what, report)
    return [text.value for text in texts if read_choice(text, what, names, report, code)]


def read_flag(node: Node | None, what: str, report: Report) -> bool:
    text = read_text(node, what, report)
    if node is not None and text is not None and text != "true":
        report.add(node, "bad-flag", f"{what} is neither `true` nor absent", "write `true` or remove the key")
    return text == "true"


def read_count(node: Node | None, what: str, report: Report) -> int | None:
    text = read_text(node, what, report)
    if node is None or text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 10):
        report.add(node, "bad-number", f"{what} is not a whole number above 0", "write it in digits")
        return None
    return int(text)
