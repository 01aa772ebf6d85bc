"""Requests of ours as SOAP 1.1 envelopes: built, signed, held to the schema, written with their attachments."""

import base64
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from adapters.contract import StoredContent
from adapters.smev.names import SOAP, XOP, Names, make
from adapters.smev.schema import validate
from adapters.smev.seal import Seal

SIGNED_ID = "SIGNED_BY_CALLER"
_PLACE = "tsur-gateway"


@dataclass(frozen=True, slots=True)
class File:
    """A file inside the message. `id`: its content id, an XML name; `content`: read anew for each attempt."""

    id: str
    content: StoredContent
    media_type: str = "application/octet-stream"
    signature: bytes | None = None  # detached PKCS#7, DER


@dataclass(frozen=True, slots=True)
class Written:
    """`files`: of a package, after the envelope `body`, each below its own head; `end`: what closes it."""

    content_type: str
    body: bytes
    files: tuple[tuple[bytes, StoredContent], ...] = ()
    end: bytes = b""

    @property
    def length(self) -> int:
        return len(self.body) + sum(len(head) + content.size for head, content in self.files) + len(self.end)

    def pieces(self) -> Iterator[bytes]:
        yield self.body
        for head, content in self.files:
            yield head
            yield from content.pieces()
        yield self.end


def write_call(
    names: Names,
    operation: str,
    target: Any,
    seal: Seal,
    where: str,
    files: Sequence[File] = (),
    mtom: bool = True,
    routing: Any = None,
    lead: Any = None,
) -> Written:
    """`target`: the element that is signed; `lead`: what stands before it; `routing`: the RoutingInformation of 1.3,
    signed by itself.

    Raises Refused when it does not fit the contract.
    """
    listed = _list_contents(names, files) if files else None
    signature = make(names.types, "CallerInformationSystemSignature", seal.sign(target))
    call = make(names.types, f"{operation}Request", lead, target, listed, signature, _route(names, routing, seal))
    if not mtom:
        _inline(listed, files)
    validate(call, names.version, where)
    if mtom:
        _refer(listed, files)
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(call)
    whole: bytes = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    if not files or not mtom:
        return Written("text/xml; charset=utf-8", whole)
    return _pack(whole, files)


def _route(names: Names, information: Any, seal: Seal) -> Any:
    if information is None:
        return None
    signature = make(names.routing, "RoutingSignature", seal.sign(information))
    return make(names.routing, "Routing", information, signature)


def _list_contents(names: Names, files: Sequence[File]) -> Any:
    contents = [
        make(names.basic, "AttachmentContent", make(names.basic, "Id", text=file.id), make(names.basic, "Content"))
        for file in files
    ]
    return make(names.basic, "AttachmentContentList", *contents)


def _inline(listed: Any, files: Sequence[File]) -> None:
    for content, file in zip(() if listed is None else listed, files, strict=True):
        content[1].text = base64.b64encode(b"".join(file.content.pieces())).decode()


def _refer(listed: Any, files: Sequence[File]) -> None:
    """After the schema: by XOP 1.0, 2.2, it speaks of the contents, in whose places these references stand."""
    for content, file in zip(() if listed is None else listed, files, strict=True):
        content[1].append(make(XOP, "Include", href=f"cid:{_name_part(file.id)}"))


def _name_part(id: str) -> str:
    """A Content-ID has the form of a mail address (RFC 2392)."""
    return f"{id}@{_PLACE}"


def _pack(envelope: bytes, files: Sequence[File]) -> Written:
    """multipart/related by MTOM."""
    border, root = secrets.token_hex(16), _name_part("envelope")
    lead = "Content-Transfer-Encoding: binary\r\n"
    head = f'--{border}\r\n{lead}Content-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\n'
    first = f"{head}Content-ID: <{root}>\r\n\r\n".encode() + envelope
    names = [f"Content-Type: {one.media_type}\r\nContent-ID: <{_name_part(one.id)}>\r\n\r\n" for one in files]
    heads = [f"\r\n--{border}\r\n{lead}{name}".encode() for name in names]
    said = f'multipart/related; type="application/xop+xml"; start="<{root}>"; boundary="{border}"'
    contents = tuple(zip(heads, (file.content for file in files), strict=True))
    return Written(f'{said}; start-info="text/xml"', first, contents, f"\r\n--{border}--\r\n".encode())
