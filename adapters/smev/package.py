"""What SMEV replies: an envelope, alone or as the root of an MTOM package."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from lxml import etree

from adapters.smev.names import SOAP, XOP

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_START = re.compile(r'start="?<?([^";>]+)>?"?', re.IGNORECASE)
_ID = re.compile(rb"(?im)^content-id:[ \t]*<?([^>\r\n]+)>?")


class Broken(ValueError):
    """Not an envelope. The message says why, without content."""


@dataclass(frozen=True, slots=True)
class Package:
    """`document`: the envelope's bytes as they came; `files`: content id → bytes, without a copy."""

    document: bytes
    files: Mapping[str, memoryview]


def open_package(body: bytes, content_type: str) -> Package:
    """Raises Broken."""
    if not content_type.lower().startswith("multipart/"):
        return Package(body, {})
    boundary, start = _BOUNDARY.search(content_type), _START.search(content_type)
    if boundary is None:
        raise Broken("a package without a boundary")
    parts = _split(body, b"--" + boundary[1].strip().encode())
    name = start[1] if start and start[1] in parts else next(iter(parts), "")
    if name not in parts:
        raise Broken("an empty package")
    return Package(bytes(parts.pop(name)), parts)


def _split(body: bytes, line: bytes) -> dict[str, memoryview]:
    view, parts, at = memoryview(body), dict[str, memoryview](), body.find(line)
    while at >= 0 and not body.startswith(line + b"--", at):
        head = body.find(b"\r\n\r\n", at)
        end = body.find(b"\r\n" + line, head + 2)
        if head < 0 or end < 0:
            break
        named = _ID.search(body[at:head])
        parts[named[1].decode("ascii", "replace") if named else f"#{len(parts)}"] = view[head + 4 : end]
        at = end + 2
    else:
        if at >= 0:
            return parts
    raise Broken("a package that was cut off")


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


def find_part(package: Package, content: Any) -> memoryview | None:
    """The part that the content's xop:Include names; None: its content stands in place. Raises Broken."""
    include = content.find(f"{{{XOP}}}Include")
    if include is None:
        return None
    part = package.files.get(unquote(include.get("href", "").removeprefix("cid:")))
    if part is None:
        raise Broken("a file that the package lacks")
    return part
