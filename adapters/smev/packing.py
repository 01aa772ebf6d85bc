"""Files of a message that leaves: inside it while there is room, else on SMEV's file server."""

import base64
import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.contract import StoredContent
from adapters.errors import Refused, Unavailable
from adapters.filler import Filler
from adapters.smev.envelope import File
from adapters.smev.exchange import Exchange
from adapters.smev.fileserver import FileServer
from adapters.smev.names import Names, make
from canonical.attachment import Attachment
from canonical.plan import encode_text

#: What the contract lets stand in MimeType.
_MIME = re.compile(r"(text|image|audio|video|application)/[a-zA-Z0-9\-+.]*")
_UNKNOWN = "application/octet-stream"
_UNSAFE = re.compile(r"[^\w.()\- ]+")


@dataclass(frozen=True, slots=True)
class Aside:
    """A file on the file server: in the folder `uuid`, the same for every attempt. `hash`: its Streebog."""

    uuid: str
    name: str
    content: StoredContent
    media_type: str
    hash: bytes
    server: FileServer
    signature: bytes | None = None  # detached PKCS#7, DER


@dataclass(frozen=True)
class Packing(Filler):
    """A file's place in the business XML gets the id under which the file travels."""

    exchange: Exchange = field(kw_only=True)
    where: str = field(kw_only=True)
    delivery: str = field(kw_only=True)
    known: Mapping[str, Attachment] = field(kw_only=True)  # by digest
    ids: dict[str, str] = field(default_factory=dict)  # by digest
    inside: list[File] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)

    def _marker(self, tree: dict[str, Any]) -> Any:
        if "$text" in tree:
            text = encode_text(tree["$text"])
            return self._place(
                hashlib.sha256(text).hexdigest(), StoredContent(len(text), lambda: iter([text])), "text/plain"
            )
        if "$file" in tree:
            return self._place(tree["$file"], self._open(tree["$file"]), "")
        return Filler._marker(self, tree)

    def _open(self, digest: str) -> StoredContent:
        try:
            return self.tools.stream_file(digest)
        except (KeyError, OSError, ValueError):  # ValueError: it was changed in the store, or its key is not here yet
            raise Unavailable(f"{self.where}: the file {digest[:12]} is not in the store") from None

    def _place(self, digest: str, content: StoredContent, media_type: str) -> str:
        if digest not in self.ids:
            about = self.known.get(digest) or Attachment()
            kind = _to_mime(media_type or about.media_type or "")
            rules, taken = self.exchange.settings.attachments, sum(one.content.size for one in self.inside)
            if taken + content.size <= rules.most:
                self.ids[digest] = f"file-{len(self.ids) + 1}"
                signature = self._sign(self._hash(content)) if rules.sign else None
                self.inside.append(File(self.ids[digest], content, kind, signature))
            else:
                self.ids[digest] = self._put_aside(digest, content, kind, _to_file_name(about.name or ""))
        return self.ids[digest]

    def _put_aside(self, digest: str, content: StoredContent, kind: str, name: str) -> str:
        """Raises Refused for what neither a message nor the file server takes."""
        server, most = self.exchange.server, self.exchange.settings.attachments.most
        if server is None:
            what = f"attachments of more than {most} bytes; larger ones need `attachments.ftp`"
            raise Refused(f"{self.where}: {what}", "AttachmentSizeLimitExceeded")
        if content.size > server.most:
            what = f"a file of more than {server.most} bytes; raise `attachments.ftp.most` if SMEV permits it"
            raise Refused(f"{self.where}: {what}", "AttachmentSizeLimitExceeded")
        folder, hashed = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.delivery}/{digest}")), self._hash(content)
        signature = self._sign(hashed) if self.exchange.settings.attachments.sign else None
        self.aside.append(Aside(folder, name, content, kind, hashed, server, signature))
        return folder

    def _hash(self, content: StoredContent) -> bytes:
        try:
            return self.exchange.seal.digest(content.pieces())
        except (KeyError, OSError, ValueError):
            raise Unavailable(f"{self.where}: a file cannot be read from the store") from None

    def _sign(self, hashed: bytes) -> bytes:
        return self.exchange.seal.detach(hashed)


def write_headers(names: Names, packing: Packing) -> tuple[Any, Any]:
    """AttachmentHeaderList and RefAttachmentHeaderList; None where there are no such files."""
    inside = [
        make(
            names.basic,
            "AttachmentHeader",
            make(names.basic, "contentId", text=one.id),
            make(names.basic, "MimeType", text=one.media_type),
            _write_signature(names, one.signature),
        )
        for one in packing.inside
    ]
    aside = [
        make(
            names.basic,
            "RefAttachmentHeader",
            make(names.basic, "uuid", text=one.uuid),
            make(names.basic, "FileName", text=one.name) if names.version == "1.3" else None,
            make(names.basic, "Hash", text=base64.b64encode(one.hash).decode()),
            make(names.basic, "MimeType", text=one.media_type),
            _write_signature(names, one.signature),
        )
        for one in packing.aside
    ]
    return (
        make(names.basic, "AttachmentHeaderList", *inside) if inside else None,
        make(names.basic, "RefAttachmentHeaderList", *aside) if aside else None,
    )


def _write_signature(names: Names, signature: bytes | None) -> Any:
    if signature is None:
        return None
    return make(names.basic, "SignaturePKCS7", text=base64.b64encode(signature).decode())


def _to_mime(media_type: str) -> str:
    return media_type if _MIME.fullmatch(media_type) else _UNKNOWN


def _to_file_name(name: str) -> str:
    """Without what a file server or a command line of FTP takes for something else."""
    return _UNSAFE.sub("_", name).strip(". ")[-100:] or "file"
