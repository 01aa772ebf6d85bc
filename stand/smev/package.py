"""MTOM packages (multipart/related with XOP), read and written by the stand itself."""

import base64
import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from lxml import etree

from stand.smev.names import XOP

_PARSER = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": True}
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_START = re.compile(r'start="?<?([^";>]+)>?"?', re.IGNORECASE)


class Broken(Exception):
    """Neither an envelope nor a package with one."""


def open_package(body: bytes, content_type: str) -> tuple[Any, Mapping[str, bytes]]:
    """(root element, part's id → content). Raises Broken."""
    if not content_type.lower().startswith("multipart/"):
        return _parse(body), {}
    boundary, start = _BOUNDARY.search(content_type), _START.search(content_type)
    if not boundary:
        raise Broken("no boundary")
    parts = _split(body, boundary[1].encode())
    first = start[1] if start and start[1] in parts else next(iter(parts), "")
    return _parse(parts.pop(first, b"")), parts


def _split(body: bytes, boundary: bytes) -> dict[str, bytes]:
    line, parts = b"--" + boundary, dict[str, bytes]()
    at = body.find(line)
    if at < 0 or body.rfind(line + b"--") < 0:
        raise Broken("cut before its last boundary")
    while not body.startswith(line + b"--", at):
        begin = body.index(b"\r\n", at) + 2
        head_ends = body.index(b"\r\n\r\n", begin)
        at = body.find(b"\r\n" + line, head_ends + 2)
        if at < 0:
            raise Broken("a part without an end")
        name = re.search(rb"(?im)^content-id:\s*<?([^>\r\n]+)>?", body[begin:head_ends])
        parts[name[1].decode() if name else f"#{len(parts)}"] = body[head_ends + 4 : at]
        at += 2
    return parts


def _parse(body: bytes) -> Any:
    try:
        root = etree.fromstring(body, etree.XMLParser(**_PARSER))
    except etree.XMLSyntaxError as error:
        raise Broken("not XML") from error
    if root.getroottree().docinfo.doctype:
        raise Broken("a DTD")
    return root


def read_content(node: Any, parts: Mapping[str, bytes]) -> bytes:
    """Base64 in place, or the part that xop:Include names. Raises Broken."""
    include = node.find(f"{{{XOP}}}Include")
    try:
        if include is None:
            return base64.b64decode("".join((node.text or "").split()), validate=True)
        return parts[unquote(include.get("href", "").removeprefix("cid:"))]
    except (KeyError, ValueError) as error:
        raise Broken("an attachment without content") from error


def write_package(root: Any, parts: Mapping[str, bytes], packed: bool = False) -> tuple[str, bytes]:
    """(content type, body): plain XML when there are no parts, unless it is to be `packed` all the same."""
    envelope = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    if not parts and not packed:
        return "text/xml; charset=utf-8", envelope
    boundary = f"stand-{secrets.token_hex(12)}"
    kind = b'Content-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\n'
    made = [b"--%b\r\n%bContent-ID: <root@stand>\r\n\r\n%b\r\n" % (boundary.encode(), kind, envelope)]
    for name, content in parts.items():
        head = f"--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-ID: <{name}>\r\n\r\n"
        made += [head.encode(), content, b"\r\n"]
    made.append(f"--{boundary}--\r\n".encode())
    said = f'multipart/related; type="application/xop+xml"; start="<root@stand>"; boundary="{boundary}"'
    return f'{said}; start-info="text/xml"', b"".join(made)
