"""The mapping language: YAML in, closures out. `load` for the running gateway, `check` for the engineer."""

from canonical.finding import Finding
from canonical.mapping.checking import check
from canonical.mapping.errors import MappingError, NotSent, ReadingError, RenderingError
from canonical.mapping.folder import SYSTEMS, find_systems, load, load_folder
from canonical.mapping.kinds import Item
from canonical.mapping.mapping import Mapping
from canonical.mapping.parts import FieldTrace
from canonical.mapping.report import MappingErrors
from canonical.mapping.shared import SharedTables, load_tables

__all__ = [
    "SYSTEMS",
    "FieldTrace",
    "Finding",
    "Item",
    "Mapping",
    "MappingError",
    "MappingErrors",
    "NotSent",
    "ReadingError",
    "RenderingError",
    "SharedTables",
    "check",
    "find_systems",
    "load",
    "load_folder",
    "load_tables",
]
