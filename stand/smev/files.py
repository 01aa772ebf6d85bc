"""Files that the exchange hands over: inside the message or on its file server, each with its hash and PKCS#7."""

import base64
import uuid
from collections.abc import Mapping
from typing import Any

from stand.smev import gost
from stand.smev.detached import sign_detached
from stand.smev.ftp import FileServer
from stand.smev.names import XOP, Names, element, text_of
from stand.smev.signature import Signer

FILE_TYPE = "application/pdf"


def is_aside(id: str) -> bool:
    """Files on the file server are named by a uuid, those inside a message by an XML name."""
    try:
        return str(uuid.UUID(id)) == id
    except ValueError:
        return False


def write_headers(names: Names, files: Mapping[str, bytes], signer: Signer) -> tuple[Any, Any]:
    """AttachmentHeaderList and RefAttachmentHeaderList, or None."""
    inside = [
        element(names.basic, "AttachmentHeader", element(names.basic, "contentId", text=id),
                element(names.basic, "MimeType", text=FILE_TYPE), _write_signature(names, content, signer))
        for id, content in files.items() if not is_aside(id)
    ]  # fmt: skip
    aside = [
        element(names.basic, "RefAttachmentHeader", element(names.basic, "uuid", text=id),
                element(names.basic, "Hash", text=base64.b64encode(gost.hash_bytes(content, 32)).decode()),
                element(names.basic, "MimeType", text=FILE_TYPE), _write_signature(names, content, signer))
        for id, content in files.items() if is_aside(id)
    ]  # fmt: skip
    return (
        element(names.basic, "AttachmentHeaderList", *inside) if inside else None,
        element(names.basic, "RefAttachmentHeaderList", *aside) if aside else None,
    )


def _write_signature(names: Names, content: bytes, signer: Signer) -> Any:
    made = sign_detached(content, signer.key, signer.certificate)
    return element(names.basic, "SignaturePKCS7", text=base64.b64encode(made).decode())


def offer_files(names: Names, files: Mapping[str, bytes], server: FileServer, spoilt: bool) -> Any:
    """FSAttachmentsList with a login for each file, or None. `spoilt`: another content than was hashed."""
    made = []
    for id, content in files.items():
        user, password = server.offer(id, f"{id[:8]}.pdf", content + b"0" if spoilt else content)
        told = {"uuid": id, "UserName": user, "Password": password, "FileName": f"/{id[:8]}.pdf"}
        made.append(element(names.basic, "FSAttachment", *(element(names.basic, k, text=v) for k, v in told.items())))
    return element(names.basic, "FSAttachmentsList", *made) if made else None


def take_signatures_out(made: Any) -> dict[str, bytes]:
    """As SMEV does it: the PKCS#7 of each header leaves the signed element as a part; its digest was of the whole."""
    parts = {}
    for place, one in enumerate(made.iter("{*}SignaturePKCS7")):
        id = f"pkcs7-{place}@smev"
        parts[id], one.text = base64.b64decode(one.text), None
        one.append(element(XOP, "Include", href=f"cid:{id.replace('@', '%40')}"))
    return parts


def read_aside(header: Any, server: FileServer) -> bytes:
    """The file that a RefAttachmentHeader names. Raises ValueError or OSError for none, or one of another hash."""
    content = server.read(text_of(header, "uuid"))
    hashed = base64.b64decode(text_of(header, "Hash"), validate=True)
    if len(hashed) not in (32, 64) or gost.hash_bytes(content, len(hashed)) != hashed:
        raise ValueError("another hash")
    return content
