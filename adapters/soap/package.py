"""Replies in several parts: MTOM (XOP 1.0) and SOAP with Attachments, as services send whose stack packs everything."""

import base64
import binascii
import quopri
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any
from urllib.parse import unquote

from adapters.soap.envelope import Envelope, NoEnvelope, open_envelope

_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"


def open_package(content_type: str, body: bytes) -> Envelope:
    """The envelope, with the parts in the places where it includes them, as base64. Raises NoEnvelope."""
    head = _read_head(f"Content-Type: {content_type}".encode(errors="replace"))
    if head.get_content_type() != "multipart/related":
        return open_envelope(body)
    parts = _split(head, body)
    root = _bare(str(head.get_param("start") or "")) or next(iter(parts))
    if root not in parts:
        raise NoEnvelope("a multipart message without its root")
    envelope = open_envelope(parts[root])
    for include in [*envelope.root.iter(_INCLUDE)]:
        _put_in(include, parts)
    return envelope


def _put_in(include: Any, parts: dict[str, bytes]) -> None:
    """Each part once: an envelope that names one part a thousand times would fill the memory."""
    content = parts.pop(unquote(include.get("href", "").removeprefix("cid:")), None)
    holder = include.getparent()
    if content is None or holder is None:
        raise NoEnvelope("a part that is included and is not there")
    holder.remove(include)
    holder.text = base64.b64encode(content).decode()


def _split(head: Message, body: bytes) -> dict[str, bytes]:
    """Contents by Content-ID; a part without one by its place."""
    mark = b"\r\n--" + str(head.get_param("boundary") or "").encode()
    pieces = (b"\r\n" + body).split(mark)[1:]
    if len(mark) < 5 or len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise NoEnvelope("a multipart message that is cut off")
    made: dict[str, bytes] = {}
    for place, piece in enumerate(pieces[:-1]):
        told, _, content = piece.partition(b"\r\n\r\n")
        said = _read_head(told.strip())
        made[_bare(said.get("Content-ID", "")) or str(place)] = _decode(said, content)
    return made


def _decode(head: Message, content: bytes) -> bytes:
    coding = head.get("Content-Transfer-Encoding", "binary").strip().lower()
    try:
        if coding == "base64":
            return base64.b64decode(content)
        return quopri.decodestring(content) if coding == "quoted-printable" else content
    except (ValueError, binascii.Error):
        raise NoEnvelope("a part that is not of its encoding") from None


def _read_head(text: bytes) -> Message:
    return BytesHeaderParser().parsebytes(text)


def _bare(name: str) -> str:
    return name.strip().removeprefix("<").removesuffix(">")
