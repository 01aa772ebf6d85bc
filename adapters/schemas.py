"""libxml2's schemas, fit for threads.

libxml2 sets up its schema types with the first schema of a process, and several threads spoil that for each other: a
smallest one is compiled while only the importing thread is here. And lxml puts its loader of imports in place for the
whole process while it compiles: of two at once one may lose it, so they take turns.
"""

import threading
from typing import Any

from lxml import etree

_TURN = threading.Lock()


def compile_schema(root: Any) -> Any:
    """Raises lxml's XMLSchemaParseError."""
    with _TURN:
        return etree.XMLSchema(root)


compile_schema(etree.XML('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'))
