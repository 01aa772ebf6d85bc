"""Reads XML Schema 1.0 (W3C Recommendation, 28 October 2004) into the model, by name and only as far as it is asked.

What a schema says beyond it (keys, identity, types in restrictions) is libxml2's to judge: see schema.py.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from adapters.soap.model import Anything, Attribute, Element, Group, Type
from adapters.soap.shelf import BadContract

XSD = "http://www.w3.org/2001/XMLSchema"
XS = f"{{{XSD}}}"
_PARTICLES = ("sequence", "choice", "all", "group", "element", "any")
_FACETS = ("maxLength", "minLength", "length", "pattern", "maxInclusive", "minInclusive", "totalDigits")
_TRUE = ("true", "1")
#: (kind of component, namespace, name)
Key = tuple[str, str | None, str]


class Schemas:
    """`parts`: (target namespace, schema element). Raises BadContract for a name that nothing declares."""

    def __init__(self, parts: Iterable[tuple[str | None, Any]]) -> None:
        self.nodes: dict[Key, Any] = {}
        self.spaces: dict[Any, str | None] = {}
        self.types: dict[tuple[str | None, str], Type] = {}
        self.substitutes: dict[tuple[str | None, str], list[tuple[str | None, str]]] = {}
        for space, schema in parts:
            self.spaces[schema] = space
            for node in schema.iterchildren(f"{XS}*"):
                if name := node.get("name"):
                    kind = _local(node.tag)
                    kind = "type" if kind in ("complexType", "simpleType") else kind
                    self.nodes.setdefault((kind, space, name), node)
                    if head := node.get("substitutionGroup"):
                        self.substitutes.setdefault(self._refer(node, head), []).append((space, name))

    def element(self, space: str | None, name: str) -> Element:
        return self._element(self._node("element", space, name), top=True)

    def type(self, space: str | None, name: str) -> Type:
        if space == XSD:
            return Type(name=name, space=space, base=name, open=name == "anyType")
        if (space, name) not in self.types:
            node = self._node("type", space, name)
            made = self.types[space, name] = Type(name=name, space=space, abstract=node.get("abstract") in _TRUE)
            self._fill(made, node)
        return self.types[space, name]

    def named(self, local: str) -> Type | None:
        """The type of this local name, in whatever namespace: for `xsi:type`."""
        found = [(space, name) for kind, space, name in self.nodes if kind == "type" and name == local]
        return self.type(*found[0]) if len(found) == 1 else None

    def derive(self, kind: Type) -> tuple[Type, ...]:
        """What may stand in a type's place, by xsi:type: whatever extends or restricts it, and is not abstract."""
        found: list[Type] = []
        for (component, space, name), node in self.nodes.items():
            if component != "type" or not kind.name or (space, name) == (kind.space, kind.name):
                continue
            for base in node.iterfind(f"{XS}complexContent/*[@base]"):
                if self._refer(base, base.get("base")) == (kind.space, kind.name):
                    one = self.type(space, name)
                    found += [*([] if one.abstract else [one]), *self.derive(one)]
        return tuple(dict.fromkeys(found))

    def _node(self, kind: str, space: str | None, name: str) -> Any:
        try:
            return self.nodes[kind, space, name]
        except KeyError:
            raise BadContract(f"no schema declares the {kind} `{name}` of the namespace `{space or ''}`") from None

    def _refer(self, node: Any, name: str) -> tuple[str | None, str]:
        prefix, _, local = name.strip().rpartition(":")
        if prefix == "xml":
            return "http://www.w3.org/XML/1998/namespace", local
        if prefix and prefix not in node.nsmap:
            raise BadContract(f"line {node.sourceline}: the prefix `{prefix}` is not declared")
        space = node.nsmap.get(prefix or None)
        if space is None and not prefix:  # a schema that was included takes the namespace of who includes it
            space = self._space(node)
        return space, local

    def _space(self, node: Any) -> str | None:
        return self.spaces[_schema(node)]

    def _element(self, node: Any, top: bool = False) -> Element:
        most = _most(node)
        least = int(node.get("minOccurs", "1"))
        if ref := node.get("ref"):
            found = self.element(*self._refer(node, ref))
            return replace(found, least=least, most=most)
        form = node.get("form") or _schema(node).get("elementFormDefault", "unqualified")
        space = self._space(node) if top or form == "qualified" else None
        nillable, fixed = node.get("nillable") in _TRUE, node.get("fixed")
        return Element(node.get("name"), space, self._type_of(node), least, most, nillable, fixed)

    def _type_of(self, node: Any) -> Type:
        if name := node.get("type"):
            return self.type(*self._refer(node, name))
        inner = next(node.iterchildren(f"{XS}complexType", f"{XS}simpleType"), None)
        if inner is None:
            simple = node.tag == f"{XS}attribute"
            return self.type(XSD, "anySimpleType" if simple else "anyType")
        made = Type(space=self._space(node))
        self._fill(made, inner)
        return made

    def _fill(self, made: Type, node: Any) -> None:
        if node.tag == f"{XS}simpleType":
            self._fill_simple(made, node)
            return
        derived = next((d for c in node.iterchildren(f"{XS}complexContent", f"{XS}simpleContent") for d in c), None)
        if derived is None:
            self._add_content(made, node)
            return
        parent = self.type(*self._refer(derived, derived.get("base")))
        made.base, made.words, made.limits = parent.base, parent.words, dict(parent.limits)
        made.attributes, made.open = dict(parent.attributes), parent.open and parent.space != XSD
        if derived.tag == f"{XS}extension" and parent.content:
            made.content = parent.content
        self._add_content(made, derived)

    def _fill_simple(self, made: Type, node: Any) -> None:
        derived = next(node.iterchildren(f"{XS}restriction"), None)
        if derived is None:  # a list or a union: a text
            made.base = "string"
            return
        inner = next(derived.iterchildren(f"{XS}simpleType"), None)
        parent = Type(base="string") if inner is None else Type(space=self._space(node))
        if inner is not None:
            self._fill(parent, inner)
        elif derived.get("base"):
            parent = self.type(*self._refer(derived, derived.get("base")))
        words = tuple(one.get("value") for one in derived.iterchildren(f"{XS}enumeration"))
        facets = {_local(one.tag): one.get("value") for one in derived if _local(one.tag) in _FACETS}
        made.base, made.words, made.limits = parent.base, words or parent.words, parent.limits | facets

    def _add_content(self, made: Type, node: Any) -> None:
        found = [self._particle(one) for one in node if _local(one.tag) in _PARTICLES]
        before = (made.content,) if made.content else ()
        if found:
            made.content = Group("sequence", (*before, *found))
        made.open = made.open or any(_is_open(one) for one in found)
        made.attributes |= self._attributes(node)

    def _particle(self, node: Any) -> Element | Group | Anything:
        kind = _local(node.tag)
        if kind == "any":
            return Anything()
        if kind == "element":
            return self._substitutable(node) or self._element(node)
        least, most = int(node.get("minOccurs", "1")), _most(node)
        if kind == "group":
            named = self._node("group", *self._refer(node, node.get("ref")))
            inner = self._particle(next(one for one in named if _local(one.tag) in _PARTICLES))
            return Group("sequence", (inner,), least, most)
        return Group(kind, tuple(self._particle(one) for one in node if _local(one.tag) in _PARTICLES), least, most)

    def _substitutable(self, node: Any) -> Group | None:
        """An element in whose place others may stand, as a choice between them."""
        head = self._refer(node, node.get("ref", ""))
        if head not in self.substitutes:
            return None
        members = tuple(self.element(*name) for name in self._list_substitutes(head))
        return Group("choice", members, int(node.get("minOccurs", "1")), _most(node))

    def _list_substitutes(self, head: tuple[str | None, str]) -> Iterator[tuple[str | None, str]]:
        if self._node("element", *head).get("abstract") not in _TRUE:
            yield head
        for name in self.substitutes.get(head, ()):
            yield from self._list_substitutes(name)

    def _attributes(self, node: Any) -> dict[str, Attribute]:
        made: dict[str, Attribute] = {}
        for one in node.iterchildren(f"{XS}attribute", f"{XS}attributeGroup"):
            if one.tag == f"{XS}attributeGroup":
                made |= self._attributes(self._node("attributeGroup", *self._refer(one, one.get("ref"))))
            elif one.get("use") != "prohibited":
                attribute = self._attribute(one)
                made[attribute.name] = attribute
        return made

    def _attribute(self, node: Any) -> Attribute:
        required = node.get("use") == "required"
        if ref := node.get("ref"):
            space, name = self._refer(node, ref)
            known = self.nodes.get(("attribute", space, name))  # xml:lang is declared nowhere
            return Attribute(name, space, required, self._type_of(known) if known is not None else Type(base="string"))
        form = node.get("form") or _schema(node).get("attributeFormDefault", "unqualified")
        space = self._space(node) if form == "qualified" else None
        return Attribute(node.get("name"), space, required, self._type_of(node))


def make_element(space: str | None, name: str, parts: Mapping[str, Type]) -> Element:
    """A wrapper of RPC style: its parts have no namespace (WSDL 1.1 section 3.5)."""
    members = tuple(Element(part, None, kind) for part, kind in parts.items())
    return Element(name, space, Type(content=Group("sequence", members)))


def _schema(node: Any) -> Any:
    while node.tag != f"{XS}schema":
        node = node.getparent()
    return node


def _most(node: Any) -> int | None:
    most = node.get("maxOccurs", "1")
    return None if most == "unbounded" else int(most)


def _is_open(member: Any) -> bool:
    return isinstance(member, Anything) or (isinstance(member, Group) and any(map(_is_open, member.members)))


def _local(name: str) -> str:
    return name.rpartition("}")[2]
