"""What SMEV replies: an envelope, alone or as the root of an MTOM package."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from lxml import etree

from adapters.smev.multipart import Broken, Kept
from adapters.smev.names import SOAP, XOP, child_of, text_of

__all__ = ["Broken", "Package", "find_part", "parse", "read_inline"]


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


def find_part(package: Package, attachment: Any) -> Kept | None:
    """The part that the xop:Include of an AttachmentContent names; None: its content stands in place. Raises Broken."""
    content = child_of(attachment, "Content")
    include = content.find(f"{{{XOP}}}Include") if content is not None else None
    if include is None:
        return None
    part = package.files.get(unquote(include.get("href", "").removeprefix("cid:")))
    if part is None:
        raise Broken("a file that the package lacks")
    return part


def read_inline(attachment: Any) -> bytes:
    """The base64 of an AttachmentContent. Raises Broken."""
    try:
        return base64.b64decode("".join(text_of(attachment, "Content").split()), validate=True)
    except ValueError:
        raise Broken("a file that is not base64") from None
