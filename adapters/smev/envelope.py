"""Requests of ours as SOAP 1.1 envelopes: built, signed, held to the schema, written with their attachments."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from adapters.smev.names import SOAP, XOP, Names, make
from adapters.smev.schema import validate
from adapters.smev.seal import Seal

SIGNED_ID = "SIGNED_BY_CALLER"


@dataclass(frozen=True, slots=True)
class File:
    """A file inside the message. `id`: its content id, an XML name."""

    id: str
    content: bytes
    media_type: str = "application/octet-stream"
    signature: bytes | None = None  # detached PKCS#7, DER


@dataclass(frozen=True, slots=True)
class Written:
    content_type: str
    body: bytes


def write_call(
    names: Names, operation: str, target: Any, seal: Seal, where: str, files: Sequence[File] = (), mtom: bool = True
) -> Written:
    """`target`: the element that is signed. Raises Refused when it does not fit the contract."""
    listed = _list_contents(names, files) if files else None
    signature = make(names.types, "CallerInformationSystemSignature", seal.sign(target))
    call = make(names.types, f"{operation}Request", target, listed, signature)
    validate(call, names.version, where)
    _fill_contents(listed, files, mtom)
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(call)
    whole: bytes = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    if not files or not mtom:
        return Written("text/xml; charset=utf-8", whole)
    return _pack(whole, files)


def _list_contents(names: Names, files: Sequence[File]) -> Any:
    """Contents stay empty until the schema has seen the rest: megabytes of base64 need no look."""
    contents = [
        make(names.basic, "AttachmentContent", make(names.basic, "Id", text=file.id), make(names.basic, "Content"))
        for file in files
    ]
    return make(names.basic, "AttachmentContentList", *contents)


def _fill_contents(listed: Any, files: Sequence[File], mtom: bool) -> None:
    for content, file in zip(() if listed is None else listed, files, strict=True):
        if mtom:
            content[1].append(make(XOP, "Include", href=f"cid:{file.id}"))
        else:
            content[1].text = base64.b64encode(file.content).decode()


def _pack(envelope: bytes, files: Sequence[File]) -> Written:
    """multipart/related by MTOM; every content is copied once."""
    border = secrets.token_hex(16)
    head = f'--{border}\r\nContent-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\n'
    pieces = [f"{head}Content-Transfer-Encoding: binary\r\nContent-ID: <envelope>\r\n\r\n".encode(), envelope]
    for file in files:
        lead = f"\r\n--{border}\r\nContent-Type: {file.media_type}\r\nContent-Transfer-Encoding: binary\r\n"
        pieces += [f"{lead}Content-ID: <{file.id}>\r\n\r\n".encode(), file.content]
    pieces.append(f"\r\n--{border}--\r\n".encode())
    said = f'multipart/related; type="application/xop+xml"; start="<envelope>"; boundary="{border}"'
    return Written(f'{said}; start-info="text/xml"', b"".join(pieces))
