"""Puts tuned numbers into duplicates.yaml: nothing else of the file changes, its comments stay."""

from collections.abc import Mapping

from canonical.mapping.nodes import Map, Text, parse
from router.duplicates.tuning import Tuned
from router.report import Report


def rewrite(text: str, path: str, tuned: Tuned) -> str:
    """The file's text with the new thresholds and weights. PolicyErrors when it cannot be read."""
    wanted: dict[str, Mapping[str, float]] = {
        "same_problem": {"join": tuned.join, "suggest": tuned.suggest},
        "weights": {"base": tuned.weights.base, **tuned.weights.of},
    }
    text = text if text.strip() else "version: 1\n"
    for section, numbers in wanted.items():
        for name, number in numbers.items():
            text = _put(text, path, section, name, f"{number:.2f}")
    return text


def _put(text: str, path: str, section: str, name: str, value: str) -> str:
    report = Report(path)
    top = parse(text, report)
    report.raise_fatal()
    block = top.get(section) if top is not None else None
    if not isinstance(block, Map) or not block.items:
        return f"{text.rstrip()}\n{section}:\n  {name}: {value}\n"
    lines, known = text.split("\n"), block.get(name)
    if isinstance(known, Text):
        line, start = lines[known.line - 1], known.column - 1
        end = start + len(known.value) + (2 if line[start : start + 1] in "'\"" else 0)
        lines[known.line - 1] = f"{line[:start]}{value}{line[end:]}"
    else:
        key = block.items[0][0]
        flow = "{" in lines[key.line - 1][: key.column - 1]
        fresh = f"{name}: {value}, " if flow else f"{name}: {value}\n" + " " * (key.column - 1)
        line = lines[key.line - 1]
        lines[key.line - 1] = line[: key.column - 1] + fresh + line[key.column - 1 :]
    return "\n".join(lines)
