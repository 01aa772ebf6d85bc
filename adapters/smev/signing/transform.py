"""What a Reference of a SMEV signature digests: exclusive c14n, then `urn://smev-gov-ru/xmldsig/transform`.

Both in one pass over the tree, because all that the first leaves for the second to see is that comments are gone and
the text around them is one node. Source: the reference algorithm of the SMEV operator (SmevTransformSpi) with the
writing habits of the StAX library it runs on; see docs/smev-signatures.md for the nine rules.
"""

import re
from typing import Any

from lxml import etree

from adapters.smev.signing.escaping import escape_attribute, escape_text
from adapters.smev.signing.faults import TransformError
from adapters.smev.signing.parsing import parse_large

_XML = "http://www.w3.org/XML/1998/namespace"
_INK = re.compile(r"[^\x00-\x20]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NAMES: dict[str, tuple[str, str]] = {}
_NAMES_KEPT = 10_000


def transform_document(document: bytes) -> bytes:
    """The root element's transform. Raises TransformError."""
    return transform(parse_large(document))


def transform(element: Any) -> bytes:
    """UTF-8 without declaration. Raises TransformError for what the transform does not define."""
    writer = _Writer()
    writer.start(element)
    nodes = element.iter()
    next(nodes)
    for node in nodes:
        writer.go_up_to(node.getparent())
        if node.tag.__class__ is str:
            writer.start(node)
        else:
            _pass_over(node, writer)
    writer.go_up_to(None)
    return "".join(writer.written).encode()


def _pass_over(node: Any, writer: "_Writer") -> None:
    """Comments vanish in c14n, so the text around them is one; processing instructions vanish later and part it."""
    if node.tag is etree.ProcessingInstruction:
        writer.end_text()
    elif node.tag is not etree.Comment:
        raise TransformError(f"line {node.sourceline}: an entity reference; write the character itself")
    if node.tail:
        writer.text.append(node.tail)


class _Writer:
    """Elements and texts in document order, as the transform's bytes."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.text: list[str] = []  # of the node that is being read
        self._open: list[tuple[Any, str, list[str]]] = []  # element, its name, the namespaces declared there
        self._prefixes: dict[str, str] = {}  # namespace → prefix, of all that are open
        self._counter = 0

    def start(self, element: Any) -> None:
        """The start tag, and the text before the first child."""
        if self.text:
            self.end_text()
        declared: list[str] = []
        uri, local = _NAMES.get(element.tag) or _split(element.tag)
        if not uri:
            raise TransformError(f"line {element.sourceline}: element `{local}` has no namespace; declare one")
        name = f"{self._prefixes.get(uri) or self._declare(uri, declared, element)}:{local}"
        attributes = self._attributes(element, declared)
        if declared:
            attributes = self._declarations(declared) + attributes
        self.written.append(f"<{name}{attributes}>")
        self._open.append((element, name, declared))
        text = element.text
        if text:
            self.text.append(text)

    def go_up_to(self, parent: Any) -> None:
        """Ends elements, each followed by its tail, until `parent` is the one that is open; None ends all."""
        while self._open and self._open[-1][0] is not parent:
            if self.text:
                self.end_text()
            element, name, declared = self._open.pop()
            self.written.append(f"</{name}>")
            for uri in declared:
                del self._prefixes[uri]
            tail = element.tail
            if tail and self._open:
                self.text.append(tail)

    def end_text(self) -> None:
        """The text node is complete; one of nothing but blanks is dropped."""
        text = "".join(self.text)
        self.text.clear()
        if _INK.search(text):
            self.written.append(escape_text(text))

    def _attributes(self, element: Any, declared: list[str]) -> str:
        items = element.items()
        if not items:
            return ""
        named = [(*(_NAMES.get(name) or _split(name)), value) for name, value in items]
        if len(named) > 1:
            named.sort(key=_attribute_order)
        written = ""
        for uri, local, value in named:
            name = f"{self._prefixes.get(uri) or self._declare(uri, declared, element)}:{local}" if uri else local
            written += f' {name}="{escape_attribute(value)}"'
        return written

    def _declare(self, uri: str, declared: list[str], element: Any) -> str:
        """A new prefix; numbers are never used again, also not after their element has ended."""
        _check_namespace(uri, element)
        self._counter += 1
        self._prefixes[uri] = prefix = f"ns{self._counter}"
        declared.append(uri)
        return prefix

    def _declarations(self, declared: list[str]) -> str:
        return "".join([f' xmlns:{self._prefixes[uri]}="{escape_attribute(uri)}"' for uri in declared])


def _split(name: str) -> tuple[str, str]:
    """(namespace or "", local name); names repeat, so they are kept."""
    uri, _, local = name[1:].rpartition("}") if name[0] == "{" else ("", "", name)
    if len(_NAMES) >= _NAMES_KEPT:
        _NAMES.clear()
    _NAMES[name] = uri, local
    return uri, local


def _attribute_order(named: tuple[str, str, str]) -> tuple[bool, bytes, bytes]:
    """Namespaced first; then as Java compares strings, by UTF-16 units."""
    uri, local, _ = named
    return not uri, uri.encode("utf-16-be"), local.encode("utf-16-be")


def _check_namespace(uri: str, element: Any) -> None:
    if uri == _XML:
        raise TransformError(
            f"line {element.sourceline}: names of the xml: namespace are not defined in this transform"
        )
    if not _SCHEME.match(uri):
        raise TransformError(
            f"line {element.sourceline}: relative namespace `{uri}`; c14n refuses it, write a full URI"
        )
