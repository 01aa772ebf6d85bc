"""Envelopes of SOAP 1.1 and 1.2: written, opened, and what a fault says."""

from dataclasses import dataclass
from typing import Any

from lxml import etree

from adapters.soap.contract import NS11, NS12

XML = "{http://www.w3.org/XML/1998/namespace}"
_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
)
#: Fault codes of 1.1 and 1.2 that mean the same.
SENDER, RECEIVER = ("Client", "Sender"), ("Server", "Receiver")


class NoEnvelope(ValueError):
    """The message says why, without the body's words."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`codes`: from the most telling to the most general: detail's element, subcodes, the code itself."""

    codes: tuple[str, ...]
    detail: Any  # element, or None

    @property
    def side(self) -> str:
        """`Client` and `Sender` blame the message; `Server` and `Receiver` the service; anything else is itself."""
        return self.codes[-1].partition(".")[0]


@dataclass(frozen=True, slots=True)
class Envelope:
    namespace: str
    root: Any
    header: Any  # element, or None
    payload: Any  # the body's first element, or None
    fault: Fault | None


def open_envelope(body: bytes) -> Envelope:
    """Raises NoEnvelope."""
    try:
        root = etree.fromstring(body, _PARSER)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        raise NoEnvelope("not XML") from None
    if root.getroottree().docinfo.doctype:
        raise NoEnvelope("a DTD is not accepted")
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace not in (NS11, NS12):
        raise NoEnvelope("not a SOAP envelope")
    holder = root.find(f"{{{name.namespace}}}Body")
    if holder is None:
        raise NoEnvelope("an envelope without a body")
    if len(root.findall(f"{{{name.namespace}}}Body")) > 1 or len(root.findall(f"{{{name.namespace}}}Header")) > 1:
        raise NoEnvelope("an envelope with several bodies or headers")
    payload = next(holder.iterchildren("*"), None)
    fault = _read_fault(payload, name.namespace)
    return Envelope(name.namespace, root, root.find(f"{{{name.namespace}}}Header"), payload, fault)


def _read_fault(node: Any, namespace: str) -> Fault | None:
    if node is None or node.tag != f"{{{namespace}}}Fault":
        return None
    if namespace == NS11:
        codes = [_local(node.findtext("faultcode"))]
        detail = node.find("detail")
    else:
        codes = [_local(value.text) for value in node.iter(f"{{{NS12}}}Value")][::-1]
        detail = node.find(f"{{{NS12}}}Detail")
    named = [etree.QName(one).localname for one in detail.iterchildren("*")] if detail is not None else []
    return Fault((*named, *(code or "fault" for code in codes or ["fault"])), detail)


def _local(name: str | None) -> str:
    return (name or "").strip().rpartition(":")[2]


#: Codes that stand in the envelope's own namespace, beside Client and Server (or Sender and Receiver).
_OWN = frozenset({"VersionMismatch", "MustUnderstand"})
OURS = "urn:tsur:faults"


def write_fault(namespace: str, sender: bool, words: str, code: str = "", space: str = OURS) -> bytes:
    """A fault of our own. `code`: more exactly, a name of the namespace `space`."""
    envelope = etree.Element(f"{{{namespace}}}Envelope", nsmap={"soap": namespace, "f": space})
    fault = etree.SubElement(etree.SubElement(envelope, f"{{{namespace}}}Body"), f"{{{namespace}}}Fault")
    if namespace == NS11:
        side = "Client" if sender else "Server"
        own = f"soap:{code if code in _OWN else side}"
        etree.SubElement(fault, "faultcode").text = f"f:{code}" if code and code not in _OWN else own
        etree.SubElement(fault, "faultstring").text = words
        return write(envelope)
    holder = etree.SubElement(fault, f"{{{NS12}}}Code")
    side = "Sender" if sender else "Receiver"
    etree.SubElement(holder, f"{{{NS12}}}Value").text = f"soap:{code if code in _OWN else side}"
    if code and code not in _OWN:
        etree.SubElement(etree.SubElement(holder, f"{{{NS12}}}Subcode"), f"{{{NS12}}}Value").text = f"f:{code}"
    reason = etree.SubElement(etree.SubElement(fault, f"{{{NS12}}}Reason"), f"{{{NS12}}}Text")
    reason.set(f"{XML}lang", "en")
    reason.text = words
    return write(envelope)


def write(envelope: Any) -> bytes:
    made: bytes = etree.tostring(envelope, encoding="utf-8", xml_declaration=True)
    return made


def content_type(namespace: str, action: str | None = None) -> str:
    if namespace == NS11:
        return "text/xml; charset=utf-8"
    return "application/soap+xml; charset=utf-8" + (f'; action="{action}"' if action else "")
