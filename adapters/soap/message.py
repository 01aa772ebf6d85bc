"""Messages from mapped trees: the schema gives order and namespaces, libxml2 validates the result.

A tree is {"tag", "attributes", "text", "children"}, as the mapping renders XML. Names are local names: which namespace
an element has is the schema's business.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from adapters.soap.contract import Contract
from adapters.soap.model import Anything, Element, Group, Type
from adapters.soap.schema import Misfit
from adapters.soap.wsdl import Operation

Tree = Mapping[str, Any]
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def build_request(contract: Contract, operation: Operation, tree: Tree | None, header: Tree | None = None) -> Any:
    """An envelope that the schema takes. Raises Misfit."""
    declared = {one.name: one for one in operation.headers}
    parts = []
    for child in header["children"] if header else ():
        if child["tag"] not in declared:
            raise Misfit(child["tag"], "no such element in the SOAP header that the WSDL declares")
        parts.append(Writer(contract).write(declared[child["tag"]], child))
    return _wrap(contract, operation.request, tree, contract.envelope, parts)


def build_reply(contract: Contract, operation: Operation, tree: Tree | None, namespace: str) -> Any:
    """An envelope of the version that the caller speaks. Raises Misfit."""
    return _wrap(contract, operation.reply, tree, namespace)


def _wrap(
    contract: Contract, element: Element | None, tree: Tree | None, space: str, header: Sequence[Any] = ()
) -> Any:
    envelope = etree.Element(f"{{{space}}}Envelope", nsmap={"soap": space})
    if header:
        etree.SubElement(envelope, f"{{{space}}}Header").extend(header)
    body = etree.SubElement(envelope, f"{{{space}}}Body")
    if element is not None:
        payload = Writer(contract).write(element, tree or {})
        contract.validator.check(payload)
        body.append(payload)
    return envelope


class Writer:
    def __init__(self, contract: Contract) -> None:
        self.schemas = contract.schemas
        spaces = sorted({space for space in self.schemas.spaces.values() if space})
        self.prefixes = {f"m{place}": space for place, space in enumerate(spaces)}

    def write(self, element: Element, tree: Tree, where: str = "", holder: Any = None) -> Any:
        """The element with what the tree holds, in the schema's order; a child of `holder` if there is one.

        Raises Misfit naming the place, never the value.
        """
        where = f"{where}/{element.name}" if where else element.name
        top = holder is None
        made = etree.Element(element.tag, nsmap=self.prefixes) if top else etree.SubElement(holder, element.tag)
        said, children = dict(tree.get("attributes") or {}), tree.get("children") or ()
        kind = self._choose_type(element.type, said.pop("xsi:type", None), made, where)
        self._write_attributes(made, kind, said, where)
        text = tree.get("text")
        if text is None and not children and not said and element.nillable:
            made.set(f"{{{XSI}}}nil", "true")
        elif text is not None:
            made.text = _to_text(text, where)
        for child in arrange(kind, children, where):
            self._write_child(made, kind, child, where)
        return made

    def _write_child(self, made: Any, kind: Type, child: Tree, where: str) -> None:
        declared = kind.find(child["tag"])
        if declared is not None:
            self.write(declared, child, where, made)
        else:
            made.append(_write_plain(child, where))

    def _choose_type(self, declared: Type, named: Any, made: Any, where: str) -> Type:
        if named is None:
            return declared
        kind = self.schemas.named(str(named).rpartition(":")[2])
        if kind is None:
            raise Misfit(f"{where}/@xsi:type", "no such type")
        made.set(f"{{{XSI}}}type", etree.QName(kind.space, kind.name))
        return kind

    def _write_attributes(self, made: Any, kind: Type, said: Mapping[str, Any], where: str) -> None:
        for name, value in said.items():
            known = kind.attributes.get(name.rpartition(":")[2])
            if known is None:
                raise Misfit(f"{where}/@{name}", "no such attribute")
            made.set(f"{{{known.space}}}{known.name}" if known.space else known.name, _to_text(value, where))


def arrange(kind: Type, children: Sequence[Tree], where: str) -> list[Tree]:
    """In the schema's order; the mapping's order counts only within a group that may occur several times.

    Raises Misfit for a name that the schema does not have.
    """
    ranks: dict[str, int] = {}
    if kind.content:
        _rank(kind.content, ranks, None)
    for child in children:
        if child["tag"] not in ranks and not kind.open:
            raise Misfit(f"{where}/{child['tag']}", "no such element")
    return sorted(children, key=lambda child: ranks.get(child["tag"], ranks.get("", len(ranks))))


def _rank(group: Group, ranks: dict[str, int], shared: int | None) -> None:
    shared = len(ranks) if shared is None and group.most != 1 else shared
    for member in group.members:
        place = len(ranks) if shared is None else shared
        if isinstance(member, Group):
            _rank(member, ranks, shared)
        else:
            ranks.setdefault("" if isinstance(member, Anything) else member.name, place)


def _write_plain(tree: Tree, where: str) -> Any:
    """What stands in the place of an `xs:any`: its namespace is what the mapping says by `@xmlns`."""
    said = dict(tree.get("attributes") or {})
    space = said.pop("xmlns", None)
    made = etree.Element(f"{{{space}}}{tree['tag']}" if space else tree["tag"], nsmap={None: space} if space else None)
    for name, value in said.items():
        made.set(name, _to_text(value, where))
    if tree.get("text") is not None:
        made.text = _to_text(tree["text"], where)
    for child in tree.get("children") or ():
        below = {"xmlns": space} | (child.get("attributes") or {}) if space else child.get("attributes") or {}
        made.append(_write_plain({**child, "attributes": below}, where))
    return made


def _to_text(value: Any, where: str) -> str:
    """Raises Misfit for signs that XML cannot carry."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    text = str(value)
    try:
        etree.Element("a").text = text
    except ValueError:
        raise Misfit(where, "a sign that XML cannot carry") from None
    return text
