"""What SMEV replies: an envelope, alone or as the root of an MTOM package."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from lxml import etree

from adapters.smev.multipart import Broken, Intake, Kept
from adapters.smev.names import SOAP, XOP, child_of, local_name, text_of

__all__ = ["Broken", "Package", "find_part", "parse", "read_document", "read_inline", "restore"]

#: Bytes that go back into one envelope, all parts together: one part may be named many times.
_PUT_BACK = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class Package:
    """`document`: the envelope's bytes as they came; `files`: content id → what the store has of it."""

    document: bytes
    files: Mapping[str, Kept]


def parse(document: bytes) -> Any:
    """The envelope's body. No DTD, no entities, no network. Raises Broken."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Broken("not XML") from None
    body = root.find(f"{{{SOAP}}}Body") if root.tag == f"{{{SOAP}}}Envelope" else None
    if root.getroottree().docinfo.doctype or body is None:
        raise Broken("not a SOAP envelope")
    return body


def read_document(received: bytes) -> bytes:
    """The envelope of a reply's body that somebody saved: plain XML, or an MTOM package, whole again. Raises Broken."""
    if not received.startswith(b"--"):
        return received
    boundary = received.partition(b"\r\n")[0][2:].decode("ascii", "replace")
    parts: dict[str, bytes] = {}

    def write(pieces: Iterable[bytes]) -> tuple[str, int]:
        content = b"".join(pieces)
        name = hashlib.sha256(content).hexdigest()
        parts[name] = content
        return name, len(content)

    intake = Intake(write)
    document = intake.take({"content-type": f'multipart/related; boundary="{boundary}"'}, iter([received]))
    return restore(parse(document), intake.files, parts.__getitem__) or document


def restore(body: Any, files: Mapping[str, Kept], read: Callable[[str], bytes]) -> bytes | None:
    """XOP 1.0, 3.2: what stands outside as a part goes back in place, except the contents of attachments.

    SMEV's own packages take the PKCS#7 of each file out of the very element that they sign, and the digest is of the
    whole. `read`: bytes by digest. The envelope anew, or None when it is whole already. Raises Broken.
    """
    outside = [one for one in body.iter(f"{{{XOP}}}Include") if not _is_attachment(one)]
    room = _PUT_BACK
    for include in outside:
        holder, part = include.getparent(), _find(files, include)
        if part is None or part.size > room:
            raise Broken("a part that the package lacks, or that is too large to stand in the envelope")
        room -= part.size
        holder.remove(include)
        holder.text = base64.b64encode(read(part.digest)).decode()
    return etree.tostring(body.getroottree(), encoding="UTF-8") if outside else None


def _is_attachment(include: Any) -> bool:
    holder = include.getparent()
    return local_name(holder) == "Content" and local_name(holder.getparent()) == "AttachmentContent"


def _find(files: Mapping[str, Kept], include: Any) -> Kept | None:
    """RFC 2392 escapes ids in addresses; some writers escape them in Content-ID as well."""
    said = include.get("href", "").removeprefix("cid:")
    wanted = unquote(said)
    return (
        files.get(wanted)
        or files.get(said)
        or next((kept for id, kept in files.items() if unquote(id) == wanted), None)
    )


def find_part(package: Package, attachment: Any) -> Kept | None:
    """The part that the xop:Include of an AttachmentContent names; None: its content stands in place. Raises Broken."""
    content = child_of(attachment, "Content")
    include = content.find(f"{{{XOP}}}Include") if content is not None else None
    if include is None:
        return None
    part = _find(package.files, include)
    if part is None:
        raise Broken("a file that the package lacks")
    return part


def read_inline(attachment: Any) -> bytes:
    """The base64 of an AttachmentContent. Raises Broken."""
    try:
        return base64.b64decode("".join(text_of(attachment, "Content").split()), validate=True)
    except ValueError:
        raise Broken("a file that is not base64") from None
