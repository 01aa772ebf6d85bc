"""The mapping language: YAML in, closures out. `load` for the running gateway, `check` for the engineer."""

from canonical.finding import Finding
from canonical.mapping.checking import check
from canonical.mapping.compiler import compile_mapping
from canonical.mapping.desk import CountUnknown
from canonical.mapping.errors import MappingError, NotSent, ReadingError, RenderingError
from canonical.mapping.kinds import Item
from canonical.mapping.mapping import Mapping
from canonical.mapping.parts import FieldTrace
from canonical.mapping.report import MappingErrors

__all__ = [
    "FieldTrace",
    "Finding",
    "Item",
    "Mapping",
    "MappingError",
    "MappingErrors",
    "NotSent",
    "ReadingError",
    "RenderingError",
    "check",
    "load",
]


def load(text: str, path: str, count_unknown: CountUnknown | None = None) -> Mapping:
    """Compiles a mapping; `count_unknown(kind, field)` is called for every word that a table lacks.

    Raises MappingErrors with all findings. Runs no examples: that is `check`'s."""
    compiled = compile_mapping(text, path, count_unknown)
    findings = sorted(compiled.desk.report.findings)
    if compiled.mapping is None or findings:
        raise MappingErrors(findings)
    return compiled.mapping
