"""Collects what is wrong with the policy files."""

from dataclasses import dataclass, field
from typing import Protocol

from canonical.finding import Finding
from canonical.mapping import report as mapping_report
from canonical.mapping.codes import CODES as YAML_CODES
from canonical.mapping.report import suggest
from router.codes import CODES

__all__ = ["PolicyErrors", "Report", "suggest"]


class Placed(Protocol):
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


class PolicyErrors(ValueError):
    """Policy files that cannot be loaded; `findings` say why, each with its place."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


@dataclass(slots=True)
class Report(mapping_report.Report):
    """`fatal` counts what makes a file unusable; the rest are findings of the check only."""

    fatal: int = field(default=0)

    def at(self, line: int, column: int, code: str, what: str, remedy: str) -> None:
        """For the YAML reader and for everything that must be mended before loading."""
        self._keep(Finding(self.file, line, column, code, what, remedy), True)

    def warn(self, node: Placed, code: str, what: str, remedy: str) -> None:
        """Loads all the same, with a sound reading; `tsur check` still says it."""
        self._keep(Finding(self.file, node.line, node.column, code, what, remedy), False)

    def _keep(self, finding: Finding, fatal: bool) -> None:
        if finding.code not in CODES and finding.code not in YAML_CODES:
            raise LookupError(f"undeclared finding code {finding.code}")
        self.fatal += fatal
        self.keep(finding)

    def raise_fatal(self) -> None:
        if self.fatal:
            raise PolicyErrors(self.findings)
