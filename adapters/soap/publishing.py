"""Our WSDL for partners, at `?wsdl`: the vendored files, with our address and with imports that lead back to us."""

from typing import Any
from urllib.parse import quote

from lxml import etree

from adapters.soap.contract import Contract
from adapters.soap.schema import XML_SPACE
from adapters.soap.wsdl import WSDL
from adapters.soap.xsd import XS

_ADDRESSES = (
    "{http://schemas.xmlsoap.org/wsdl/soap/}address",
    "{http://schemas.xmlsoap.org/wsdl/soap12/}address",
)


def publish(contract: Contract, name: str, url: str) -> bytes | None:
    """A file by its name in the WSDL's folder, "" for the WSDL itself; None: it is no part of the contract."""
    shelf = contract.shelf
    paths = {shelf.name(path): path for path in shelf.opened}
    path = paths.get(name) if name else shelf.wsdl
    if path is None:
        return None
    root = etree.fromstring(etree.tostring(shelf.opened[path]))
    for node in root.iter(f"{XS}import", f"{XS}include", f"{WSDL}import"):
        key = "location" if node.tag.startswith(WSDL) else "schemaLocation"
        if (location := node.get(key)) and node.get("namespace") != XML_SPACE:
            node.set(key, f"{url}?wsdl={quote(shelf.name(shelf.resolve(location, path)))}")
    _name_address(root, contract, url)
    made: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def _name_address(root: Any, contract: Contract, url: str) -> None:
    for node in root.iter(*_ADDRESSES):
        port = node.getparent()
        if url and (port.getparent().get("name"), port.get("name")) == (contract.port.service, contract.port.name):
            node.set("location", url)
