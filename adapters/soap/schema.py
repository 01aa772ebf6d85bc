"""Strict validation of messages: every schema of a contract as one XMLSchema of libxml2.

Schemas that stand inside the WSDL import each other by namespace alone, which libxml2 cannot follow; so each namespace
gets one document that includes all of its parts, and every import is pointed to that.
"""

import threading
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from lxml import etree

from adapters.schemas import compile_schema
from adapters.soap.model import Element
from adapters.soap.shelf import BadContract, Shelf, parse_plain
from adapters.soap.wsdl import WSDL, Operation
from adapters.soap.xsd import XS, XSD

#: By file or place in it: (target namespace, schema element without its includes).
Parts = dict[str, tuple[str | None, Any]]


#: The attributes of XML itself, which schemas import from an address: this is all of them.
XML_SPACE = "http://www.w3.org/XML/1998/namespace"
_XML_SCHEMA = f"""<xs:schema xmlns:xs="{XSD}" targetNamespace="{XML_SPACE}">
<xs:attribute name="lang" type="xs:string"/><xs:attribute name="base" type="xs:anyURI"/>
<xs:attribute name="id" type="xs:ID"/>
<xs:attribute name="space"><xs:simpleType><xs:restriction base="xs:NCName"><xs:enumeration value="default"/>
<xs:enumeration value="preserve"/></xs:restriction></xs:simpleType></xs:attribute></xs:schema>""".encode()


class Misfit(ValueError):
    """A message that its schema does not take. `where`: names of elements; `why`: the kind of mistake. No values."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where, self.why = where, why


class Validator:
    """Thread-safe: the schema is read only, but lxml keeps one list of mistakes for it, so it is asked one by one."""

    def __init__(self, parts: Parts, operations: Iterable[Operation], path: str) -> None:
        self.lock = threading.Lock()
        self.schema = _compile(parts | _wrappers(parts, operations), path)

    def check(self, element: Any) -> None:
        """Raises Misfit for the first mistake."""
        with self.lock:
            if self.schema.validate(element):
                return
            error = self.schema.error_log.filter_from_errors()[0]
        path = "/".join(step.rpartition(":")[2].partition("[")[0] for step in (error.path or "").split("/") if step)
        raise Misfit(_place(element, error.path) or path, _WHYS.get(error.type_name, error.type_name))


def _place(element: Any, path: str | None) -> str:
    """Local names down to the mistake; libxml2 shows names with a namespace as `*`."""
    try:
        found = etree.ElementTree(element).xpath(path) if path else []
    except etree.XPathError:
        return ""
    if not found or not isinstance(found[0], etree._Element):
        return ""
    chain = [found[0], *found[0].iterancestors()][::-1]
    return "/".join(
        etree.QName(one).localname for one in (chain[chain.index(element) :] if element in chain else chain)
    )


_WHYS = {
    "SCHEMAV_ELEMENT_CONTENT": "an element is missing, unknown or too many",
    "SCHEMAV_CVC_ELT_1": "no such element",
    "SCHEMAV_CVC_ENUMERATION_VALID": "none of the words that are allowed",
    "SCHEMAV_CVC_PATTERN_VALID": "not of the form that is asked for",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "too long",
    "SCHEMAV_CVC_MINLENGTH_VALID": "too short",
    "SCHEMAV_CVC_LENGTH_VALID": "of another length",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "an attribute is missing",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "an attribute that is unknown",
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": "too great",
    "SCHEMAV_CVC_MININCLUSIVE_VALID": "too small",
} | {f"SCHEMAV_CVC_DATATYPE_VALID_1_2_{n}": "not of its type" for n in (1, 2, 3)}


def collect(shelf: Shelf, roots: Mapping[str, Any]) -> Parts:
    """Every schema that the WSDLs hold or import. Raises BadContract."""
    parts: Parts = {}
    for path, root in roots.items():
        for place, node in enumerate(root.iterfind(f"{WSDL}types/{XS}schema")):
            _take(shelf, parts, f"{path}#{place}", path, node, None)
        for node in root.iterfind(f"{WSDL}import[@location]"):
            target = shelf.resolve(node.get("location"), path)
            if shelf.parse(target).tag == f"{XS}schema":
                _take_file(shelf, parts, target, None)
    return parts


def _take_file(shelf: Shelf, parts: Parts, path: str, space: str | None) -> None:
    if path in parts:
        return
    root = shelf.parse(path)
    if root.tag != f"{XS}schema":
        raise BadContract(f"`{path}` is imported as a schema and is none")
    _take(shelf, parts, path, path, root, space)


def _take(shelf: Shelf, parts: Parts, name: str, path: str, node: Any, space: str | None) -> None:
    """`space`: of who includes it, for a schema without a namespace of its own."""
    made = parse_plain(etree.tostring(node, with_tail=False), path)  # a copy that keeps the prefixes around it
    space = made.get("targetNamespace") or space
    parts[name] = space, made
    for inner in [*made.iterchildren(f"{XS}import", f"{XS}include", f"{XS}redefine")]:
        if inner.tag == f"{XS}redefine":
            raise BadContract(f"`{path}` uses xsd:redefine, which is not supported")
        included = inner.tag == f"{XS}include"
        if inner.get("namespace") == XML_SPACE:
            parts[XML_SPACE] = XML_SPACE, parse_plain(_XML_SCHEMA, XML_SPACE)
        elif location := inner.get("schemaLocation"):
            _take_file(shelf, parts, shelf.resolve(location, path), space if included else None)
        if included:
            made.remove(inner)  # the namespace's one document includes it
    for node in [one for one in made.iter(f"{XS}element") if _is_schema(one)]:
        _open_to_schemas(node)


def _is_schema(node: Any) -> bool:
    prefix, _, local = node.get("ref", "").rpartition(":")
    return bool(local == "schema" and node.nsmap.get(prefix or None) == XSD)


def _open_to_schemas(node: Any) -> None:
    """Where a schema itself may stand, as .NET says of its data sets: libxml2 does not know the schema of schemas."""
    counts = {name: node.get(name) for name in ("minOccurs", "maxOccurs") if node.get(name)}
    node.getparent().replace(node, etree.Element(f"{XS}any", namespace=XSD, processContents="skip", **counts))


def _wrappers(parts: Parts, operations: Iterable[Operation]) -> Parts:
    """Elements of RPC style, which no schema declares: one for each body, of the types of its parts."""
    declared = {
        (space, one.get("name")) for space, schema in parts.values() for one in schema.iterchildren(f"{XS}element")
    }
    made: Parts = {}
    for body in (body for one in operations for body in (one.request, one.reply) if body is not None):
        if (body.space, body.name) not in declared:
            declared.add((body.space, body.name))
            made[f"rpc#{len(made)}"] = body.space, _wrap(body)
    return made


def _wrap(body: Element) -> Any:
    inside = list(body.type.elements())
    names = {f"p{place}": part.type.space for place, part in enumerate(inside)}
    root = etree.Element(f"{XS}schema", {"targetNamespace": body.space} if body.space else {}, nsmap=names)
    for space in sorted({part.type.space or "" for part in inside} - {XS[1:-1], body.space or ""}):
        etree.SubElement(root, f"{XS}import", {"namespace": space} if space else {})
    element = etree.SubElement(root, f"{XS}element", name=body.name)
    sequence = etree.SubElement(etree.SubElement(element, f"{XS}complexType"), f"{XS}sequence")
    for place, part in enumerate(inside):
        etree.SubElement(sequence, f"{XS}element", name=part.name, type=f"p{place}:{part.type.name}")
    return root


def _compile(parts: Parts, path: str) -> Any:
    spaces = list(dict.fromkeys(space for space, _ in parts.values()))
    gates = {space: f"gate:{place}" for place, space in enumerate(spaces)}
    texts: dict[str, bytes] = {}
    members: dict[str, list[str]] = {gate: [] for gate in gates.values()}
    for place, (space, schema) in enumerate(parts.values()):
        texts[f"part:{place}"] = _point(schema, gates)
        members[gates[space]].append(f"part:{place}")
    texts |= {gate: _gate(space, members[gate]) for space, gate in gates.items()}
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    parser.resolvers.add(_Resolver(texts))
    root = etree.fromstring(_entry(gates), parser, base_url="entry:0")
    try:
        return compile_schema(root)
    except etree.XMLSchemaParseError as error:
        raise BadContract(f"the schemas of `{path}` do not hold together: {str(error)[:200]}") from None


class _Resolver(etree.Resolver):  # type: ignore[misc]
    """Serves the parts; whatever else is asked for does not exist, so that nothing falls through to the disk."""

    def __init__(self, texts: dict[str, bytes]) -> None:
        super().__init__()
        self.texts = texts

    def resolve(self, url: str, public_id: str, context: Any) -> Any:
        return self.resolve_string(self.texts.get(url, b"<refused/>"), context, base_url=url)


def _point(schema: Any, gates: dict[str | None, str]) -> bytes:
    schema = deepcopy(schema)
    for node in [*schema.iterchildren(f"{XS}import")]:
        gate = gates.get(node.get("namespace"))
        if gate is None:
            schema.remove(node)  # imported, and nothing is there: a use of it is an error by itself
        else:
            node.set("schemaLocation", gate)
    made: bytes = etree.tostring(schema)
    return made


def _gate(space: str | None, members: list[str]) -> bytes:
    root = etree.Element(f"{XS}schema", {"targetNamespace": space} if space else {})
    for name in members:
        etree.SubElement(root, f"{XS}include", schemaLocation=name)
    made: bytes = etree.tostring(root)
    return made


def _entry(gates: dict[str | None, str]) -> bytes:
    root = etree.Element(f"{XS}schema", {"targetNamespace": "urn:tsur:entry"})
    for space, gate in gates.items():
        etree.SubElement(root, f"{XS}import", {**({"namespace": space} if space else {}), "schemaLocation": gate})
    made: bytes = etree.tostring(root)
    return made
