"""The business contract of both participants, held strictly as the exchange holds a registered message type."""

from pathlib import Path
from typing import Any

from lxml import etree

from stand.smev.fault import Fault

APPEALS = "urn://x-artefacts-tsur/appeal-exchange/1.0"
#: Compiled while only the importing thread is here: two compilations at once spoil each other.
_SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("appeal-exchange-1.0.xsd")))


def check_content(content: Any) -> None:
    """Raises Fault InvalidContent."""
    alone = etree.fromstring(etree.tostring(content, with_tail=False))
    if not _SCHEMA.validate(alone):
        raise Fault("InvalidContent", ValidationError=str(_SCHEMA.error_log[0].type_name))
