"""The mappings of a whole configuration: files of systems, and the tables that they share."""

from collections.abc import Iterator
from collections.abc import Mapping as Lookup

from canonical.mapping.compiler import compile_mapping
from canonical.mapping.desk import CountUnknown
from canonical.mapping.mapping import Mapping
from canonical.mapping.report import MappingErrors
from canonical.mapping.shared import SharedTables, load_tables

#: Where the mappings of systems are, below the configuration's folder.
SYSTEMS = "systems/"


def find_systems(files: Lookup[str, str]) -> Iterator[tuple[str, str]]:
    """(path, text) of each system's file, in order of path."""
    return ((path, files[path]) for path in sorted(files) if path.startswith(SYSTEMS) and path.endswith(".yaml"))


def load(
    text: str, path: str, count_unknown: CountUnknown | None = None, shared: SharedTables | None = None
) -> Mapping:
    """Compiles a mapping; `count_unknown(kind, field)` is called for every word that a table lacks.

    Raises MappingErrors with all findings. Runs no examples: that is `check`'s."""
    compiled = compile_mapping(text, path, count_unknown, shared=shared)
    findings = sorted(compiled.desk.report.findings)
    if compiled.mapping is None or findings:
        raise MappingErrors(findings)
    return compiled.mapping


def load_folder(files: Lookup[str, str]) -> list[Mapping]:
    """Every system's mapping. Raises MappingErrors with the findings of the first file that has any."""
    shared = load_tables(files)
    if shared.findings:
        raise MappingErrors(sorted(shared.findings))
    return [load(text, path, shared=shared) for path, text in find_systems(files)]
