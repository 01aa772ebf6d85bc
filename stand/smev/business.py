"""The business contract of both participants, held strictly as the exchange holds a registered message type."""

from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from stand.smev.fault import Fault

APPEALS = "urn://x-artefacts-tsur/appeal-exchange/1.0"
#: libxml2 sets up its schema types with the first schema of a process; not in two threads at once.
etree.XMLSchema(etree.XML('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'))


@cache
def load_schema() -> Any:
    return etree.XMLSchema(etree.parse(Path(__file__).with_name("appeal-exchange-1.0.xsd")))


def check_content(content: Any) -> None:
    """Raises Fault InvalidContent."""
    alone, schema = etree.fromstring(etree.tostring(content, with_tail=False)), load_schema()
    if not schema.validate(alone):
        raise Fault("InvalidContent", ValidationError=str(schema.error_log[0].type_name))
