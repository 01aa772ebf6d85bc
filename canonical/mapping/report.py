"""Collects findings while a mapping is compiled."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Protocol

from canonical.finding import Finding
from canonical.mapping.codes import CODES


class Placed(Protocol):
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


class MappingErrors(ValueError):
    """A mapping that cannot be loaded; `findings` say why, each with its place."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


@dataclass(slots=True)
class Report:
    file: str
    findings: list[Finding] = field(default_factory=list)

    def at(self, line: int, column: int, code: str, what: str, remedy: str) -> None:
        if code not in CODES:
            raise LookupError(f"undeclared finding code {code}")
        finding = Finding(self.file, line, column, code, what, remedy)
        if finding not in self.findings:
            self.findings.append(finding)

    def add(self, node: Placed, code: str, what: str, remedy: str) -> None:
        self.at(node.line, node.column, code, what, remedy)


def suggest(word: str, known: "list[str] | frozenset[str] | dict[str, object]") -> str:
    """«did you mean …», or the list of what there is."""
    names = sorted(known)
    close = get_close_matches(word, names, 1, 0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    return "known: " + ", ".join(names[:30]) + (" …" if len(names) > 30 else "") if names else "there are none here"
