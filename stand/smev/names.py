"""Names of the message-exchange contract, and elements made of them."""

from dataclasses import dataclass
from typing import Any

from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
DS = "http://www.w3.org/2000/09/xmldsig#"
XOP = "http://www.w3.org/2004/08/xop/include"
_EXCHANGE = "urn://x-artefacts-smev-gov-ru/services/message-exchange/types"
VERSIONS = ("1.1", "1.2", "1.3")


@dataclass(frozen=True, slots=True)
class Names:
    """Namespaces of one version of the contract."""

    version: str

    @property
    def types(self) -> str:
        return f"{_EXCHANGE}/{self.version}"

    @property
    def basic(self) -> str:
        return f"{_EXCHANGE}/basic/{self.version}"

    @property
    def faults(self) -> str:
        return f"{_EXCHANGE}/faults/{self.version}"


BY_TYPES = {Names(version).types: Names(version) for version in VERSIONS}


def element(space: str, tag: str, *children: Any, text: str | None = None, **attributes: str) -> Any:
    """A child that is None is left out."""
    made = etree.Element(f"{{{space}}}{tag}", attributes, nsmap={None: space})
    made.text = text
    made.extend([child for child in children if child is not None])
    return made


def local(node: Any) -> str:
    return str(etree.QName(node).localname)


def space(node: Any) -> str:
    return etree.QName(node).namespace or ""


def text_of(node: Any, path: str) -> str:
    """Text at a path of local names; empty when it is not there."""
    found = find(node, path)
    return (found.text or "").strip() if found is not None else ""


def find(node: Any, path: str) -> Any:
    """The first element at a path of local names, or None."""
    for name in path.split("/"):
        node = next((child for child in node.iterchildren(f"{{*}}{name}")), None) if node is not None else None
    return node
