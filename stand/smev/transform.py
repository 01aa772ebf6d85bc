"""The transform `urn://smev-gov-ru/xmldsig/transform`, written from its nine rules for this stand alone."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

_BLANK = "".join(map(chr, range(0x21)))
_XML = "http://www.w3.org/XML/1998/namespace"
_ATTRIBUTE = {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xa;", "\r": "&#xd;"}
_TEXT = {"&": "&amp;", "<": "&lt;", "\r": "&#xd;"} | {chr(code): f"&#x{code:x};" for code in range(0x7F, 0xA0)}
_LONG, _CHUNK = 12, 512


def transform(root: Any) -> bytes:
    """Raises ValueError for an element without a namespace and for `xml:` attributes."""
    writer = _Writer()
    writer.write(root, {})
    return "".join(writer.parts).encode()


class _Writer:
    def __init__(self) -> None:
        self.parts: list[str] = []
        self.count = 0

    def write(self, node: Any, known: dict[str, str]) -> None:
        """`known`: namespace → prefix, as declared around this element."""
        known, declared = dict(known), list[str]()
        name = self._name(node.tag, known, declared)
        pairs = [(self._attribute(key, known, declared), value) for key, value in _sort(node)]
        self.parts += [f"<{name}", *declared]
        self.parts += [f' {key}="{_quote(value)}"' for key, value in pairs]
        self.parts.append(">")
        for child in _content(node):
            if isinstance(child, str):
                self.parts.append(_escape(child) if child.strip(_BLANK) else "")
            else:
                self.write(child, known)
        self.parts.append(f"</{name}>")

    def _name(self, tag: str, known: dict[str, str], declared: list[str]) -> str:
        name = etree.QName(tag)
        if not name.namespace:
            raise ValueError("an element without a namespace")
        if name.namespace not in known:
            self.count += 1
            known[name.namespace] = f"ns{self.count}"
            declared.append(f' xmlns:ns{self.count}="{_quote(name.namespace)}"')
        return f"{known[name.namespace]}:{name.localname}"

    def _attribute(self, key: str, known: dict[str, str], declared: list[str]) -> str:
        return self._name(key, known, declared) if key.startswith("{") else key


def _sort(node: Any) -> list[tuple[str, str]]:
    """Namespaced ones first, by URI, then by local name; the others by name. In the order of UTF-16, as Java has it."""
    names = {key: etree.QName(key) for key in node.attrib}
    if any(name.namespace == _XML for name in names.values()):
        raise ValueError("an xml: attribute")

    def rank(pair: tuple[str, str]) -> tuple[bool, bytes, bytes]:
        name = names[pair[0]]
        uri, local = name.namespace or "", name.localname
        return not uri, uri.encode("utf-16-be"), local.encode("utf-16-be")

    return sorted(node.items(), key=rank)


def _quote(value: str) -> str:
    return "".join(_ATTRIBUTE.get(sign, sign) for sign in value)


def _content(node: Any) -> Iterator[Any]:
    """Texts and elements. Comments are gone, so the texts around one are one; instructions separate theirs."""
    text = node.text or ""
    for child in node:
        if child.tag is etree.Comment:
            text += child.tail or ""
            continue
        yield text
        if child.tag is not etree.ProcessingInstruction:
            yield child
        text = child.tail or ""
    yield text


def _escape(text: str) -> str:
    """As the reference writer does it; places are counted in UTF-16."""
    if not any(sign in _TEXT or sign == ">" for sign in text):
        return text
    long = len(text.encode("utf-16-le")) // 2 >= _LONG
    made, place, before, escaped = [], 0, "", False
    for sign in text:
        risky = place == 0 or before == "]" or (long and (escaped or place % _CHUNK == 0))
        out = "&gt;" if sign == ">" and risky else _TEXT.get(sign, sign)
        made.append(out)
        escaped, before = len(out) > 1, sign
        place += 2 if ord(sign) > 0xFFFF else 1
    return "".join(made)
