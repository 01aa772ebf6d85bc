"""A service as its WSDL describes it: the operations of one port, and the messages they take and give."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from adapters.soap.schema import Validator, collect
from adapters.soap.shelf import BadContract, Shelf
from adapters.soap.wsdl import Definitions, Operation, Port
from adapters.soap.xsd import Schemas

NS11 = "http://schemas.xmlsoap.org/soap/envelope/"
NS12 = "http://www.w3.org/2003/05/soap-envelope"
NAMESPACES = {"1.1": NS11, "1.2": NS12}


@dataclass(frozen=True, slots=True)
class Contract:
    """`unusable`: why, by the name of an operation that is not spoken here; `others`: ports that were not chosen;
    `pin`: SHA-256 of its files, hex."""

    port: Port
    others: tuple[Port, ...]
    operations: Mapping[str, Operation]
    unusable: Mapping[str, str]
    schemas: Schemas
    validator: Validator
    shelf: Shelf
    pin: str

    def operation(self, name: str) -> Operation:
        """Raises BadContract."""
        found = self.operations.get(name)
        if name in self.unusable:
            raise BadContract(f"the operation `{name}` cannot be used: {self.unusable[name]}")
        if found is None:
            known = ", ".join(self.operations) or "none"
            raise BadContract(f"`{self.shelf.wsdl}` has no operation `{name}`; there are: {known}")
        return found

    def called(self, payload: Any) -> Operation | None:
        """The operation whose request a body is, by its element: the WS-I profile lets no two share one."""
        name = etree.QName(payload)
        for one in self.operations.values():
            if one.request is not None and (one.request.space, one.request.name) == (name.namespace, name.localname):
                return one
        return None

    @property
    def envelope(self) -> str:
        return NAMESPACES[self.port.version]


def open_contract(
    files: Mapping[str, str], path: str, service: str | None = None, port: str | None = None, version: str | None = None
) -> Contract:
    """The port named, or the first SOAP port (of this version). Raises BadContract."""
    shelf = Shelf(files, path)
    definitions = Definitions(shelf)
    chosen = _choose(definitions, service, port, version)
    parts = collect(shelf, definitions.roots)
    schemas = Schemas(parts.values())
    try:
        operations, unusable = definitions.operations(chosen, schemas)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration, RecursionError) as error:
        if isinstance(error, BadContract):
            raise
        why = "a definition holds itself" if isinstance(error, RecursionError) else type(error).__name__
        raise BadContract(f"`{path}` is no usable WSDL: {why}") from None
    for name, why in unusable.items() if not operations else ():
        raise BadContract(f"`{path}` has no operation that can be used: `{name}`: {why}")
    validator = Validator(parts, operations.values(), path)
    others = tuple(one for one in definitions.ports() if one != chosen)
    return Contract(chosen, others, operations, unusable, schemas, validator, shelf, shelf.pin())


def _choose(definitions: Definitions, service: str | None, port: str | None, version: str | None) -> Port:
    ports = list(definitions.ports())
    for one in ports:
        if service in (None, one.service) and port in (None, one.name) and version in (None, one.version):
            return one
    known = ", ".join(f"{one.service}/{one.name} (SOAP {one.version})" for one in ports) or "none"
    asked = "/".join(part for part in (service, port) if part) or f"SOAP {version or 'of any version'}"
    raise BadContract(f"`{definitions.shelf.wsdl}` has no port {asked}; its ports: {known}")
