"""Reads WSDL 1.1 (W3C Note, 15 March 2001; its SOAP 1.2 binding, 5 April 2006): ports, operations, their elements."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from adapters.soap.model import Element
from adapters.soap.shelf import BadContract, Shelf
from adapters.soap.xsd import XS, Schemas, make_element

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_BINDINGS = {
    "http://schemas.xmlsoap.org/wsdl/soap/": "1.1",
    "http://schemas.xmlsoap.org/wsdl/soap12/": "1.2",
}
Name = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Operation:
    """`request`, `reply`: elements of the two bodies. None: an empty body; `one_way`: there is no reply at all."""

    name: str
    action: str
    request: Element | None
    reply: Element | None
    headers: tuple[Element, ...] = ()
    faults: tuple[Element, ...] = ()  # what may stand in a fault's detail
    one_way: bool = False
    doc: str = ""

    @property
    def reply_name(self) -> str | None:
        return self.reply.name if self.reply else None


@dataclass(frozen=True, slots=True)
class Port:
    """`version` of SOAP. `address`: where the WSDL believes the service to be."""

    service: str
    name: str
    version: str
    address: str
    binding: Name


class Definitions:
    """All files of a WSDL as one. Raises BadContract."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.roots: dict[str, Any] = {}
        self._take(shelf.wsdl)

    def _take(self, path: str) -> None:
        root = self.shelf.parse(path)
        if path in self.roots or root.tag == f"{XS}schema":
            return
        if root.tag != f"{WSDL}definitions":
            raise BadContract(f"`{path}` is no WSDL 1.1: its root is `{root.tag.rpartition('}')[2]}`")
        self.roots[path] = root
        for node in root.iterchildren(f"{WSDL}import"):
            self._take(self.shelf.resolve(node.get("location", ""), path))

    def ports(self) -> Iterator[Port]:
        for root in self.roots.values():
            for node in root.iterfind(f"{WSDL}service/{WSDL}port"):
                for space, version in _BINDINGS.items():
                    if (address := node.find(f"{{{space}}}address")) is not None:
                        service = node.getparent().get("name")
                        binding = _refer(node, node.get("binding"))
                        yield Port(service, node.get("name"), version, address.get("location", ""), binding)

    def operations(self, port: Port, schemas: Schemas) -> tuple[dict[str, Operation], dict[str, str]]:
        """Those that can be used, and why the others cannot: one that nobody needs holds up nothing."""
        binding = self._find("binding", port.binding)
        space = next(space for space, version in _BINDINGS.items() if version == port.version)
        soap = binding.find(f"{{{space}}}binding")
        style = soap.get("style", "document") if soap is not None else "document"
        kind = self._find("portType", _refer(binding, binding.get("type")))
        reader = _Reader(self, schemas, f"{{{space}}}", style)
        made: dict[str, Operation] = {}
        unusable: dict[str, str] = {}
        for node in binding.iterchildren(f"{WSDL}operation"):
            name = node.get("name")
            if name in made or name in unusable:
                unusable[name] = "there are two of this name, and overloading is not supported"
                continue
            abstract = next((one for one in kind.iterchildren(f"{WSDL}operation") if one.get("name") == name), None)
            try:
                made[name] = reader.read(node, abstract)
            except BadContract as error:
                unusable[name] = str(error)
        return {name: one for name, one in made.items() if name not in unusable}, unusable

    def _find(self, kind: str, name: Name) -> Any:
        for root in self.roots.values():
            if root.get("targetNamespace") == name[0]:
                for node in root.iterchildren(f"{WSDL}{kind}"):
                    if node.get("name") == name[1]:
                        return node
        raise BadContract(f"`{self.shelf.wsdl}` has no {kind} `{name[1]}`")

    def message(self, name: Name) -> dict[str, Any]:
        """Part elements by name."""
        return {part.get("name"): part for part in self._find("message", name).iterchildren(f"{WSDL}part")}


@dataclass(frozen=True, slots=True)
class _Reader:
    definitions: Definitions
    schemas: Schemas
    soap: str
    style: str

    def read(self, bound: Any, abstract: Any) -> Operation:
        """`abstract`: the same operation of the portType, or None. Raises BadContract for what is not spoken."""
        if abstract is None:
            raise BadContract("it is bound and stands in no portType")
        said = bound.find(f"{self.soap}operation")
        style = said.get("style", self.style) if said is not None else self.style
        name, reply = bound.get("name"), abstract.find(f"{WSDL}output")
        return Operation(
            name=name,
            action=said.get("soapAction", "") if said is not None else "",
            request=self._body(bound.find(f"{WSDL}input"), abstract.find(f"{WSDL}input"), name, style),
            reply=self._body(bound.find(f"{WSDL}output"), reply, f"{name}Response", style),
            headers=tuple(self._headers(bound.find(f"{WSDL}input"))),
            faults=tuple(self._faults(abstract)),
            one_way=reply is None,
            doc=" ".join((abstract.findtext(f"{WSDL}documentation") or "").split()),
        )

    def _body(self, bound: Any, abstract: Any, wrapper: str, style: str) -> Element | None:
        if abstract is None:
            return None
        body = bound.find(f"{self.soap}body") if bound is not None else None
        if body is not None and body.get("use") == "encoded":
            raise BadContract(f"`{wrapper}` is of use `encoded` (SOAP 1.1 section 5); only `literal` is spoken")
        parts = self.definitions.message(_refer(abstract, abstract.get("message")))
        if body is not None and body.get("parts") is not None:
            parts = {name: parts[name] for name in body.get("parts").split() if name in parts}
        if style == "rpc":
            space = body.get("namespace") if body is not None else None
            types = {name: self.schemas.type(*_refer(part, part.get("type"))) for name, part in parts.items()}
            return make_element(space, wrapper, types)
        taken = self._headers_of(bound)
        found = [part for name, part in parts.items() if part.get("element") and name not in taken]
        if len(found) > 1 or any(part.get("type") for part in parts.values()):
            raise BadContract(f"`{wrapper}`: a body of several parts, or of a type without an element")
        return self.schemas.element(*_refer(found[0], found[0].get("element"))) if found else None

    def _headers_of(self, bound: Any) -> set[str]:
        return {node.get("part") for node in bound.iterchildren(f"{self.soap}header")} if bound is not None else set()

    def _headers(self, bound: Any) -> Iterator[Element]:
        for node in bound.iterchildren(f"{self.soap}header") if bound is not None else ():
            part = self.definitions.message(_refer(node, node.get("message"))).get(node.get("part"))
            if part is not None and part.get("element"):
                yield self.schemas.element(*_refer(part, part.get("element")))

    def _faults(self, abstract: Any) -> Iterator[Element]:
        for node in abstract.iterchildren(f"{WSDL}fault"):
            for part in self.definitions.message(_refer(node, node.get("message"))).values():
                if part.get("element"):
                    yield self.schemas.element(*_refer(part, part.get("element")))


def _refer(node: Any, name: str | None) -> Name:
    prefix, _, local = (name or "").strip().rpartition(":")
    if prefix and prefix not in node.nsmap:
        raise BadContract(f"line {node.sourceline}: the prefix `{prefix}` is not declared")
    return node.nsmap.get(prefix or None), local
