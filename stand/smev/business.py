"""The business contract of both participants, held strictly as the exchange holds a registered message type."""

from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from stand.smev.fault import Fault

APPEALS = "urn://x-artefacts-tsur/appeal-exchange/1.0"


@cache
def load_schema() -> Any:
    return etree.XMLSchema(etree.parse(Path(__file__).with_name("appeal-exchange-1.0.xsd")))


def check_content(content: Any) -> None:
    """Raises Fault InvalidContent."""
    alone, schema = etree.fromstring(etree.tostring(content, with_tail=False)), load_schema()
    if not schema.validate(alone):
        raise Fault("InvalidContent", ValidationError=str(schema.error_log[0].type_name))
