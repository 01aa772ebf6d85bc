"""Files that came with a message: taken into the store, from the message itself or from SMEV's file server."""

import base64
from collections.abc import Iterable
from typing import Any

from lxml import etree

from adapters.errors import Unavailable
from adapters.smev.exchange import Answered, Exchange
from adapters.smev.fileserver import FileServer, Gone, Login, TooLong
from adapters.smev.multipart import Kept, keep
from adapters.smev.names import child_of, local_name, text_of
from adapters.smev.package import Broken, find_part, read_inline
from adapters.smev.seal import Forged

#: Where the mapping finds what was put into the file store; ours, outside of what SMEV signed.
FILES = "urn:tsur:smev:files"
_SENT = ("SenderProvidedRequestData", "SenderProvidedResponseData")


class Rejected(Exception):
    """A file that must not be used. The message names it by its id, says why and what to do."""


def keep_files(exchange: Exchange, answered: Answered, proven: Any) -> None:
    """Puts `Files` with a `File` for each into the message; the contents leave it.

    Raises Rejected, and Unavailable: the message comes again then.
    """
    message = proven.getparent()
    contents, lying = child_of(message, "AttachmentContentList"), child_of(proven, "FSAttachmentsList")
    if contents is None and lying is None:
        return
    listed = etree.SubElement(message, f"{{{FILES}}}Files", nsmap={None: FILES})
    try:
        for one in () if contents is None else contents:
            _keep_inside(exchange, answered, proven, one, listed)
        for one in () if lying is None else lying:
            _keep_aside(exchange, proven, one, listed)
    except (OSError, Broken, ValueError) as error:
        why = str(error) if isinstance(error, Broken) else type(error).__name__
        raise Unavailable(f"{exchange.where('attachments')}: cannot be kept: {why}") from None
    if contents is not None:
        message.remove(contents)


def _keep_inside(exchange: Exchange, answered: Answered, proven: Any, one: Any, listed: Any) -> None:
    kept = find_part(answered.package, one) or keep(exchange.tools.write_file, [read_inline(one)])
    id = text_of(one, "Id")
    header = _find_header(proven, ("AttachmentHeaderList", "contentId"), id)
    if exchange.settings.attachments.check:
        _check_signature(exchange, header, kept, id)
    _list(exchange, listed, id, kept, _find_name(proven, id))


def _keep_aside(exchange: Exchange, proven: Any, one: Any, listed: Any) -> None:
    """The file has to be the one that the sender signed the hash of."""
    if exchange.server is None:
        raise Rejected("its files lie on SMEV's file server; set `attachments.ftp`, or fetch them by FSAttachmentsList")
    id, path = text_of(one, "uuid"), text_of(one, "FileName")
    header = _find_header(proven, ("RefAttachmentHeaderList", "uuid"), id)
    if header is None:
        raise Rejected(f"the file {id} has no RefAttachmentHeader, so nobody vouches for it; ask the sender")
    login = Login(text_of(one, "UserName"), text_of(one, "Password"))
    try:
        kept = _fetch(exchange, exchange.server, login, path, text_of(header, "Hash"))
    except Gone:
        raise Rejected(f"the file {id} is not on SMEV's file server; ask the sender to send it again") from None
    except TooLong:
        raise Rejected(f"the file {id} has more than {exchange.server.most} bytes; raise `ftp.most`") from None
    if kept is None:
        raise Rejected(f"the file {id} is not the one of its Hash (Streebog, base64); ask the sender to send it again")
    if exchange.settings.attachments.check:
        _check_signature(exchange, header, kept, id)
    _list(exchange, listed, id, kept, path.rpartition("/")[2])


def _fetch(exchange: Exchange, server: FileServer, login: Login, path: str, said: str) -> Kept | None:
    """A second time from its beginning, if what came is another: a transfer may go wrong. None: it is no better."""
    for _ in range(2):
        kept = keep(exchange.tools.write_file, server.get(login, path))
        if _fits(exchange, kept, said):
            return kept
    return None


def _fits(exchange: Exchange, kept: Kept, said: str) -> bool:
    try:
        wanted = base64.b64decode("".join(said.split()), validate=True)
    except ValueError:
        return False
    bits = len(wanted) * 8
    return bits in (256, 512) and exchange.seal.digest(_read(exchange, kept), bits) == wanted


def _check_signature(exchange: Exchange, header: Any, kept: Kept, id: str) -> None:
    said = text_of(header, "SignaturePKCS7")
    try:
        if not said:
            raise Forged("NoSignatureFound", "no SignaturePKCS7")
        signature = base64.b64decode("".join(said.split()), validate=True)
        exchange.seal.check_file(lambda bits: exchange.seal.digest(_read(exchange, kept), bits), signature)
    except (Forged, ValueError) as error:
        raise Rejected(
            f"the file {id} is not signed well: {error}; ask the sender, or see `attachments.check`"
        ) from None


def _read(exchange: Exchange, kept: Kept) -> Iterable[bytes]:
    return exchange.tools.stream_file(kept.digest).pieces()


def _find_header(proven: Any, place: tuple[str, str], id: str) -> Any:
    """Only beside the sender's data, which SMEV signed; business content is not searched."""
    listed, named = place
    lists = [child_of(proven, sent, listed) for sent in _SENT]
    headers = [one for each in lists if each is not None for one in each]
    return next((one for one in headers if text_of(one, named) == id), None)


def _list(exchange: Exchange, listed: Any, id: str, kept: Kept, name: str) -> None:
    """A file of a type that `connect.files` does not permit has no digest: nobody gets it, and the desk hears."""
    told = {"id": id, "size": str(kept.size)} | ({"type": kept.kind} if kept.kind else {})
    if kept.kind in exchange.settings.files.types:
        told["digest"] = kept.digest
    etree.SubElement(listed, f"{{{FILES}}}File", told | ({"name": name} if name else {}))


def _find_name(proven: Any, id: str) -> str:
    """By the content: a `Name` or `FileName` beside the file's id there."""
    beside = [one.getparent() for one in proven.iter(etree.Element) if one.text == id and local_name(one) != "Id"]
    return next(filter(None, (text_of(one, "Name") or text_of(one, "FileName") for one in beside)), "")
