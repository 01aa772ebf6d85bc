"""Reading request bodies and writing XML."""

import re
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lxml import etree
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_NO_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


async def read_form(request: Request, encoding: str = "utf-8") -> dict[str, str]:
    try:
        pairs = parse_qsl((await request.body()).decode("ascii"), True, True, encoding, errors="strict")
    except ValueError as error:
        raise HTTPException(400, "no form") from error
    return dict(pairs)


async def read_json(request: Request) -> dict[str, Any]:
    try:
        tree = await request.json()
    except ValueError as error:
        raise HTTPException(400, "no JSON") from error
    if not isinstance(tree, dict):
        raise HTTPException(400, "no object")
    return tree


async def read_xml(request: Request, root: str) -> Any:
    try:
        tree = etree.fromstring(await request.body(), _PARSER)
    except etree.XMLSyntaxError as error:
        raise HTTPException(400, "no XML") from error
    if tree.tag != root:
        raise HTTPException(400, f"<{root}> is expected")
    return tree


async def read_file(request: Request, field: str) -> tuple[str, bytes]:
    """Name and content of the multipart part `field`."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    for part in BytesParser(policy=HTTP).parsebytes(head + await request.body()).iter_parts():
        if part.get_param("name", header="content-disposition") == field:
            return part.get_filename() or "file", bytes(part.get_payload(decode=True))
    raise HTTPException(400, f"no part «{field}»")


def element(tag: str, *children: Any, text: str | None = None, **attributes: str) -> Any:
    """A child that is None is left out; text that XML cannot carry is replaced."""
    node = etree.Element(tag, attributes)
    if text is not None:
        node.text = _NO_XML.sub(" ", text)
    for child in children:
        if child is not None:
            node.append(child)
    return node


def write_xml(tree: Any, encoding: str = "utf-8") -> bytes:
    return bytes(etree.tostring(tree, xml_declaration=True, encoding=encoding))


def xml_reply(tree: Any, status: int = 200, encoding: str = "utf-8") -> Response:
    return Response(write_xml(tree, encoding), status, media_type=f"text/xml; charset={encoding}")


def form_reply(status: int = 200, **pairs: str) -> Response:
    return Response(urlencode(pairs), status, media_type="application/x-www-form-urlencoded")
