"""Messages in several parts: MTOM (XOP 1.0), and SOAP with Attachments, as services reply whose stack packs all."""

import base64
import binascii
import quopri
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any
from urllib.parse import unquote

from adapters.soap.envelope import Envelope, NoEnvelope, open_envelope

_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"
#: Reading heads costs more than anything else: so many, and so long, are nobody's honest message.
_MOST_PARTS, _HEAD_BYTES = 1000, 16 * 1024
#: What libxml2 takes as one text, before base64.
_PART_BYTES = 10_000_000 // 4 * 3


def open_package(content_type: str, body: bytes, whole: bool = False) -> Envelope:
    """The envelope, with the parts in the places where it includes them, as base64.

    `whole`: a part that nothing includes is refused, since nobody would read it. Raises NoEnvelope.
    """
    if content_type.lstrip()[:10].lower() != "multipart/":  # most are not, and reading a head costs
        return open_envelope(body)
    head = _read_head(f"Content-Type: {content_type}".encode(errors="replace"))
    if head.get_content_type() != "multipart/related":
        return open_envelope(body)
    parts = _split(head, body)
    root = _bare(str(head.get_param("start") or "")) or next(iter(parts))
    if root not in parts:
        raise NoEnvelope("a multipart message without its root")
    envelope = open_envelope(parts.pop(root))
    for include in [*envelope.root.iter(_INCLUDE)]:
        _put_in(include, parts)
    if whole and parts:
        raise NoEnvelope("a part that nothing in the envelope includes; files are taken by xop:Include")
    return envelope


def _put_in(include: Any, parts: dict[str, bytes]) -> None:
    """Each part once: an envelope that names one part a thousand times would fill the memory."""
    content = parts.pop(unquote(include.get("href", "").removeprefix("cid:")), None)
    holder = include.getparent()
    if content is None or holder is None:
        raise NoEnvelope("a part that is included and is not there")
    if len(holder) > 1 or (holder.text or "").strip() or (include.tail or "").strip():
        raise NoEnvelope("a part that is included beside something else")
    if len(content) > _PART_BYTES:
        raise NoEnvelope(f"a part longer than {_PART_BYTES} bytes")
    holder.remove(include)
    holder.text = base64.b64encode(content).decode()


def _split(head: Message, body: bytes) -> dict[str, bytes]:
    """Contents by Content-ID; a part without one by its place."""
    mark = b"\r\n--" + str(head.get_param("boundary") or "").encode(errors="replace")
    pieces = (b"\r\n" + body).split(mark, _MOST_PARTS + 2)[1:]
    if len(pieces) > _MOST_PARTS + 1:
        raise NoEnvelope(f"a multipart message of more than {_MOST_PARTS} parts")
    if len(mark) < 5 or len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise NoEnvelope("a multipart message that is cut off")
    made: dict[str, bytes] = {}
    for place, piece in enumerate(pieces[:-1]):
        name, content = _read_part(piece)
        if (name or str(place)) in made:
            raise NoEnvelope("two parts of one Content-ID")
        made[name or str(place)] = content
    return made


def _read_part(piece: bytes) -> tuple[str, bytes]:
    """(Content-ID or nothing, content). Signs of no text in a head make it a Header, which is no str."""
    told, _, content = piece.partition(b"\r\n\r\n")
    if len(told) > _HEAD_BYTES:
        raise NoEnvelope("a part with an endless head")
    head = _read_head(told.strip())
    coding = str(head.get("Content-Transfer-Encoding", "binary")).strip().lower()
    try:
        if coding == "base64":
            content = base64.b64decode(content)
        elif coding == "quoted-printable":
            content = quopri.decodestring(content)
    except (ValueError, binascii.Error):
        raise NoEnvelope("a part that is not of its encoding") from None
    return _bare(str(head.get("Content-ID", ""))), content


def _read_head(text: bytes) -> Message:
    return BytesHeaderParser().parsebytes(text)


def _bare(name: str) -> str:
    return name.strip().removeprefix("<").removesuffix(">")
