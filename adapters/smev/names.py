"""Namespaces of the message-exchange contract, and elements made of them."""

from dataclasses import dataclass
from typing import Any

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XOP = "http://www.w3.org/2004/08/xop/include"
_EXCHANGE = "urn://x-artefacts-smev-gov-ru/services/message-exchange/types"


@dataclass(frozen=True, slots=True)
class Names:
    """Of one version: 1.1, 1.2 or 1.3."""

    version: str

    @property
    def types(self) -> str:
        return f"{_EXCHANGE}/{self.version}"

    @property
    def basic(self) -> str:
        return f"{_EXCHANGE}/basic/{self.version}"

    @property
    def routing(self) -> str:
        return f"{_EXCHANGE}/routing/{self.version}"


def make(space: str, tag: str, *children: Any, text: str | None = None, **attributes: str) -> Any:
    """A child that is None is left out."""
    made = etree.Element(f"{{{space}}}{tag}", attributes, nsmap={None: space})
    made.text = text
    made.extend([child for child in children if child is not None])
    return made


def local_name(node: Any) -> str:
    """Without its namespace; empty for comments and instructions."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def child_of(node: Any, *path: str) -> Any:
    """The first element along local names, or None."""
    for name in path:
        node = next((child for child in node if local_name(child) == name), None) if node is not None else None
    return node


def text_of(node: Any, *path: str) -> str:
    found = child_of(node, *path)
    return (found.text or "").strip() if found is not None else ""
