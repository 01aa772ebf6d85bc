"""The exchange's operations over HTTP: signatures, ids, attachments and queues, as the contract demands them."""

import base64
import os
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from stand.book import Book
from stand.smev import gost
from stand.smev.certificate import make_certificate, read_pem
from stand.smev.detached import check_detached
from stand.smev.fault import Fault, write_fault
from stand.smev.files import is_aside, offer_files, read_aside, take_signatures_out, write_headers
from stand.smev.ftp import FileServer
from stand.smev.message import (
    NO_FILES,
    Headers,
    Sent,
    make_uuid,
    write_envelope,
    write_metadata,
    write_response,
    write_status,
)
from stand.smev.names import BY_TYPES, SOAP, XOP, Names, element, find, local, space, text_of
from stand.smev.package import Broken, open_package, read_content, write_package
from stand.smev.queues import Queue, Queued, Wish
from stand.smev.signature import Rejected, Signer, check
from stand.smev.switches import SmevSwitches

#: Names the folder where the registered senders' certificates lie, one PEM each; the file's name is the mnemonic.
SENDERS = "SMEV_SENDERS"
_UUID_EPOCH = 0x01B21DD213814000
_SIGNED = {
    "SendRequest": "SenderProvidedRequestData",
    "SendResponse": "SenderProvidedResponseData",
    "GetRequest": "MessageTypeSelector",
    "GetResponse": "MessageTypeSelector",
    "GetStatus": "Timestamp",
    "GetIncomingQueueStatistics": "Timestamp",
    "Ack": "AckTargetMessage",
}
_CONTENTS = ("MessagePrimaryContent", "RequestRejected", "RequestStatus", "AsyncProcessingStatus")
Content = tuple[Any, Mapping[str, bytes]]


class Exchange:
    """`take`: what the participant does with what was accepted; may raise Fault."""

    def __init__(
        self, name: str, book: Book, switches: Callable[[], SmevSwitches], take: Callable[[Sent], None]
    ) -> None:
        self.name, self.book, self.switches, self.take = name, book, switches, take
        self.queues: dict[tuple[str, str], Queue] = {}
        self.seen: set[str] = set()
        self.senders: dict[bytes, str] = {}

    @cached_property
    def signer(self) -> Signer:
        """Made when it is first needed: the other stands do without libgcrypt."""
        key = gost.make_key()
        return Signer(key, make_certificate("SMEV stand", key))

    @cached_property
    def server(self) -> FileServer:
        """Started when somebody asks for its address."""
        return FileServer(self.switches, lambda direction: self.book.tally.update([f"ftp {direction}"]))

    async def show_ftp(self, request: Request) -> Response:
        """HOST:PORT of the file server."""
        return Response(self.server.address, media_type="text/plain")

    def close(self) -> None:
        if "server" in self.__dict__:
            self.server.close()

    async def answer(self, request: Request) -> Response:
        names = Names("1.2")
        try:
            root, parts = open_package(await request.body(), request.headers.get("content-type", ""))
            call = _find_call(root)
            names = BY_TYPES[space(call)]
            content, files = await self._do(call, names, parts)
        except (Broken, KeyError, StopIteration, IndexError):
            return self._refuse(Fault("UnknownMessageType"), names)
        except Rejected as error:
            return self._refuse(Fault("SignatureVerificationFault", SignatureVerificationFault=error.code), names)
        except Fault as fault:
            return self._refuse(fault, names)
        kind, body = write_package(write_envelope(content), files)
        return Response(body, headers={"Content-Type": kind})

    def _refuse(self, fault: Fault, names: Names) -> Response:
        self.book.tally[f"refused: {fault.name}"] += 1
        packed = self.switches().packed.strikes(fault.name)
        kind, body = write_package(write_envelope(write_fault(fault, names)), {}, packed)
        return Response(body, 500, {"Content-Type": kind})

    async def _do(self, call: Any, names: Names, parts: Mapping[str, bytes]) -> Content:
        operation = local(call).removesuffix("Request")
        struck = self.switches().smev_fault
        if struck.strikes(operation):
            raise Fault(struck.name, **struck.told)
        sender = await self._identify(call, find(call, _SIGNED[operation]))
        if operation in ("SendRequest", "SendResponse"):
            return await self._accept(operation, call, names, sender, parts)
        if operation in ("GetRequest", "GetResponse"):
            return await self._give(operation, call, names, sender)
        if operation == "GetStatus":
            return await self._give_status(names, sender)
        return self._acknowledge(call, names, sender) if operation == "Ack" else self._count(names, sender)

    async def _identify(self, call: Any, target: Any) -> str:
        """The sender's mnemonic, by the certificate that its signature shows."""
        certificate = await _compute(check, find(call, "CallerInformationSystemSignature"), target)
        if certificate.der not in self.senders:
            self._register()
        if certificate.der not in self.senders:
            raise Rejected("CertificateIsNotFound")
        return self.senders[certificate.der]

    def _register(self) -> None:
        folder = os.environ.get(SENDERS)
        for path in Path(folder).glob("*.pem") if folder else ():
            self.senders[read_pem(path.read_bytes()).der] = path.stem

    # what is sent

    async def _accept(
        self, operation: str, call: Any, names: Names, sender: str, parts: Mapping[str, bytes]
    ) -> Content:
        data = find(call, _SIGNED[operation])
        content = next(node for kind in _CONTENTS if (node := find(data, kind)) is not None)
        root = content[0] if local(content) == "MessagePrimaryContent" else content
        sent = Sent(names, sender, data, root, self._read_files(call, data, parts))
        self._check(sent)
        if (routing := find(call, "Routing")) is not None:
            check(find(routing, "RoutingSignature"), find(routing, "RoutingInformation"))
        if (personal := find(data, "PersonalSignature")) is not None:
            check(personal, root)
        signed = await run_in_threadpool(self._check_files, sent) if sent.files else 0
        if self.switches().reject.strikes(operation):
            self._reject(sent, operation)
        else:
            self.take(sent)
            if operation == "SendResponse" and self.switches().good_news.strikes(operation):
                self._tell(sent, write_status(sent.names, sent.id, "responseIsAcceptedBySmev", "Принято"))
        self.seen.add(sent.id)
        self.book.note("message", id=sent.id, operation=operation, files=len(sent.files), signed_files=signed)
        kind = operation.removeprefix("Send").upper()
        metadata = write_metadata(names, kind, sent.id, sender, "requestIsQueued")
        return await self._sign(names, f"{operation}Response", metadata), {}

    def _check(self, sent: Sent) -> None:
        try:
            made = uuid.UUID(sent.id)
        except ValueError:
            raise Fault("InvalidMessageIdFormat") from None
        if made.version != 1 or str(made) != sent.id:
            raise Fault("InvalidMessageIdFormat")
        if sent.id in self.seen:
            self.book.tally["repeats"] += 1
            raise Fault("MessageIsAlreadySent")
        age = datetime.now(UTC).timestamp() - (made.time - _UUID_EPOCH) / 1e7
        if not -300 < age < self.switches().stale_after:
            raise Fault("StaleMessageId")
        if (ends := text_of(sent.data, "EOL")) and datetime.fromisoformat(ends) < datetime.now(UTC):
            raise Fault("EndOfLifeReached")

    def _read_files(self, call: Any, data: Any, parts: Mapping[str, bytes]) -> dict[str, bytes]:
        """Headers and contents must name each other; files on the server must be those of their hashes."""
        wanted = [text_of(header, "contentId") for header in _list(data, "AttachmentHeaderList")]
        contents = _list(call, "AttachmentContentList")
        found = {text_of(one, "Id"): read_content(find(one, "Content"), parts) for one in contents}
        size, most = sum(map(len, found.values())), self.switches().largest
        if size > most:
            told = {"PermittedTotalAttachmentSize": str(most), "RealTotalAttachmentSize": str(size)}
            raise Fault("AttachmentSizeLimitExceeded", **told)
        try:
            headers = _list(data, "RefAttachmentHeaderList")
            aside = {text_of(one, "uuid"): read_aside(one, self.server) for one in headers}
        except (ValueError, OSError):
            raise Fault("AttachmentContentMiscoordination") from None
        if sorted(wanted) != sorted(found):
            raise Fault("AttachmentContentMiscoordination")
        return found | aside

    def _check_files(self, sent: Sent) -> int:
        """How many files are signed. Raises Rejected for a signature that is not good or not of a registered sender."""
        said = {
            text_of(header, "contentId") or text_of(header, "uuid"): base64.b64decode(text_of(header, "SignaturePKCS7"))
            for header in (*_list(sent.data, "AttachmentHeaderList"), *_list(sent.data, "RefAttachmentHeaderList"))
            if text_of(header, "SignaturePKCS7")
        }
        for id, signature in said.items():
            if check_detached(sent.files[id], signature).der not in self.senders:
                raise Rejected("CertificateIsNotFound")
        return len(said)

    def _reject(self, sent: Sent, operation: str) -> None:
        """Accepted now, rejected later: the sender learns it from its queue."""
        told = write_status(sent.names, sent.id, "requestIsRejectedBySmev", "Сообщение не прошло проверку", "smev-3")
        if operation == "SendRequest":
            self.respond(sent, told)
        else:
            self._tell(sent, told)

    def _tell(self, sent: Sent, told: Any) -> None:
        """What became of a response of theirs."""
        content = element(sent.names.types, "AsyncProcessingStatusData", told, Id="SIGNED_BY_SMEV")
        self._queue(sent.sender, "statuses").put(Queued(sent.id, content))

    # what waits

    def _queue(self, mnemonic: str, kind: str) -> Queue:
        return self.queues.setdefault((mnemonic, kind), Queue())

    def request(self, mnemonic: str, message: Queued) -> None:
        """A request on its way to a provider."""
        self._queue(mnemonic, "requests").put(message)

    def respond(self, request: Sent, content: Any, files: Mapping[str, bytes] | None = None) -> None:
        """A response to one of theirs on its way back. `content`: business root, RequestStatus, RequestRejected …"""
        headers, inside = self.pack(request.names, files or {})
        made = write_response(request.names, request, content, self.name, headers)
        space_of, root = request.type
        message = Queued(text_of(find(made, "SenderProvidedResponseData"), "MessageID"), made, inside,
                         space_of, root, request.node)  # fmt: skip
        self._queue(request.sender, "responses").put(message)

    def name_file(self, id: str) -> str:
        """Under which name a file travels: its own inside a message, a uuid on the file server."""
        return make_uuid() if self.switches().aside.strikes(id) else id

    def pack(self, names: Names, files: Mapping[str, bytes]) -> tuple[Headers, dict[str, bytes]]:
        """What a message says of its files, and those that travel inside it."""
        if not files:
            return NO_FILES, {}
        aside = {id: content for id, content in files.items() if is_aside(id)}
        spoilt = bool(aside) and self.switches().ftp_spoilt.strikes("file")
        listed = offer_files(names, aside, self.server, spoilt) if aside else None
        inside = {id: content for id, content in files.items() if id not in aside}
        return (*write_headers(names, files, self.signer), listed), inside

    async def _give(self, operation: str, call: Any, names: Names, sender: str) -> Content:
        selector = find(call, "MessageTypeSelector")
        wish = Wish(*(text_of(selector, name) for name in ("NamespaceURI", "RootElementLocalName", "NodeID")))
        kind = "requests" if operation == "GetRequest" else "responses"
        message = self._queue(sender, kind).take(wish, self.switches().visibility)
        reply = f"{operation}Response"
        if message is None:
            return element(names.types, reply), {}
        contents = [
            element(names.basic, "AttachmentContent", element(names.basic, "Id", text=id),
                    element(names.basic, "Content", element(XOP, "Include", href=f"cid:{id}")))
            for id in message.files
        ]  # fmt: skip
        listed = element(names.basic, "AttachmentContentList", *contents) if contents else None
        wrapper = operation.removeprefix("Get") + "Message"
        made = await self._sign(names, wrapper, message.content, listed)
        return element(names.types, reply, made), message.files | take_signatures_out(made)

    async def _give_status(self, names: Names, sender: str) -> Content:
        message = self._queue(sender, "statuses").take(Wish(), self.switches().visibility)
        if message is None:
            return element(names.types, "GetStatusResponse"), {}
        made = await self._sign(names, "SmevAsyncProcessingMessage", message.content)
        return element(names.types, "GetStatusResponse", made), {}

    def _acknowledge(self, call: Any, names: Names, sender: str) -> Content:
        target = find(call, "AckTargetMessage")
        id = (target.text or "").strip()
        kinds = ("requests", "responses", "statuses")
        if not any(self._queue(sender, kind).remove(id) for kind in kinds):
            raise Fault("TargetMessageIsNotFound")
        accepted = target.get("accepted") in ("true", "1", None)
        self.book.note("acknowledged" if accepted else "refused", id=id)
        return element(names.types, "AckResponse"), {}

    def _count(self, names: Names, sender: str) -> Content:
        if names.version == "1.3":
            raise Fault("UnknownMessageType")
        told = [
            element(names.types, "QueueStatistics", queueName=kind, pendingMessageNumber=str(len(queue)))
            for (mnemonic, kind), queue in self.queues.items()
            if mnemonic == sender
        ]
        return element(names.types, "GetIncomingQueueStatisticsResponse", *told), {}

    async def _sign(self, names: Names, wrapper: str, target: Any, *more: Any) -> Any:
        """The wrapper with its signed element; by switch without a signature, or with one that does not fit."""
        switches = self.switches()
        made = element(names.types, wrapper, etree.fromstring(etree.tostring(target)), *more)
        if switches.unsigned.strikes(wrapper):
            return made
        signature = await _compute(self.signer.sign, made[0])
        made.append(element(names.types, "SMEVSignature", signature))
        if switches.forge.strikes(wrapper):
            next(node for node in made[0].iter() if node.text and node.text.strip()).text += "0"
        if switches.repeat_id.strikes(wrapper):
            made[0].insert(0, element(names.types, "Copy", Id=made[0].get("Id")))
        return made


async def _compute(work: Callable[..., Any], *given: Any) -> Any:
    """A thread costs more than GnuTLS does; libgcrypt takes a millisecond and must not hold the loop so long."""
    return work(*given) if gost.is_quick() else await run_in_threadpool(work, *given)


def _find_call(root: Any) -> Any:
    body = root.find(f"{{{SOAP}}}Body") if root.tag == f"{{{SOAP}}}Envelope" else None
    ids = [node.get("Id") for node in root.iter() if isinstance(node.tag, str) and node.get("Id")]
    if body is None or len(body) != 1 or len(ids) != len(set(ids)):
        raise Rejected("PoorSOAPEnvelopeFormat")
    return body[0]


def _list(data: Any, name: str) -> list[Any]:
    found = find(data, name)
    return [] if found is None else list(found)
