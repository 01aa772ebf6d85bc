"""Deliveries as messages: SendRequest as a consumer, SendResponse as a provider. Idempotent by the MessageID."""

import base64
import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.bodies import to_element
from adapters.contract import StoredContent, Tools
from adapters.errors import Refused, Unavailable
from adapters.filler import Filler
from adapters.plan import RECEIPT, to_receipt
from adapters.smev.envelope import SIGNED_ID, File
from adapters.smev.exchange import Exchange, write_time
from adapters.smev.fault import AlreadySent
from adapters.smev.names import Names, local_name, make, text_of
from canonical.delivery import Delivery
from canonical.plan import Call, encode_text
from canonical.receipt import Receipt

OPERATIONS = ("SendRequest", "SendResponse")
#: Roots of a response's `xml:` that are the contract's own, written without a namespace.
OWN = ("RequestRejected", "RequestStatus")
_EPOCH = datetime(1582, 10, 15, tzinfo=UTC)


def make_message_id() -> str:
    """UUID v1 with a random node: the hardware address of this machine is nobody's business."""
    return str(uuid.uuid1(secrets.randbits(48) | 1 << 40, secrets.randbits(14)))


@dataclass(frozen=True)
class Packing(Filler):
    """A file's place in the business XML gets its content id, and the file travels beside it."""

    digests: dict[str, str] = field(default_factory=dict)  # digest → content id
    texts: dict[str, bytes] = field(default_factory=dict)  # digest → content of what is in no store

    def _marker(self, tree: dict[str, Any]) -> Any:
        if "$text" in tree:
            content = encode_text(tree["$text"])
            digest = hashlib.sha256(content).hexdigest()
            self.texts[digest] = content
            return self.digests.setdefault(digest, f"file-{len(self.digests) + 1}")
        if "$file" in tree:
            return self.digests.setdefault(tree["$file"], f"file-{len(self.digests) + 1}")
        return Filler._marker(self, tree)


@dataclass(frozen=True, slots=True)
class Sender:
    exchange: Exchange
    tools: Tools

    def deliver(self, delivery: Delivery) -> Receipt:
        """Each call of the plan is one message; its MessageID is recorded before it leaves and used by every attempt.

        Raises Unavailable or Refused; never Unknown, since repeating is harmless.
        """
        progress = dict(delivery.progress)
        last = delivery.plan.calls[-1]
        for call in delivery.plan.calls:
            if call.name not in progress:
                progress[call.name] = {RECEIPT: self._send(delivery, call, progress)}
                if call is not last:
                    self.tools.record(delivery.id, call.name, progress[call.name])
        return to_receipt({call.name: progress[call.name] for call in delivery.plan.calls}, self.tools.now())

    def _send(self, delivery: Delivery, call: Call, progress: dict[str, Any]) -> str:
        place = f"{call.name}.message"
        known = (progress.get(place) or {}).get("id")
        id = known or make_message_id()
        target, files = self._write(delivery, call, id)
        if not known:
            self.tools.record(delivery.id, place, {"id": id})
        progress[place] = {"id": id}
        try:
            self._exchange(call.path[0], target, files, id)
        except AlreadySent:
            pass
        except Unavailable:
            if not known and not self.exchange.line.wire.clock.left:
                self.tools.record(delivery.id, place, {})  # it surely never left: it must not grow stale
            raise
        return id

    def _exchange(self, operation: str, target: Any, files: list[File], id: str) -> None:
        answered = self.exchange.call(operation, target, self.tools.still_mine, files)
        metadata = self.exchange.prove(operation, answered, f"{operation}Response")
        if text_of(metadata, "MessageId") not in ("", id):
            raise Unavailable(f"{self.exchange.where(operation)}: SMEV speaks of another message")

    def _write(self, delivery: Delivery, call: Call, id: str) -> tuple[Any, list[File]]:
        """Raises Refused when the plan does not make a message."""
        operation, names = str(call.path[0]), self.exchange.names
        where = self.exchange.where(operation)
        if operation not in OPERATIONS or call.body is None or call.body.format != "xml":
            raise Refused(f"{where}: a call of SMEV is `post: SendRequest` or `SendResponse` with `xml:`", "mapping")
        filler = Packing({}, self.tools)
        try:
            content = to_element(filler.fill(call.body.tree))
        except ValueError:
            raise Refused(f"{where}: a value or a name that XML cannot carry", "xml") from None
        told = {name: filler.text(value) for name, value in call.headers.items()}
        files = self._load(where, delivery, filler)
        headers = _list_headers(names, files)
        if operation == "SendResponse":
            return _write_response(names, id, content, told, headers, where), files
        return self._write_request(id, content, told, headers), files

    def _write_request(self, id: str, content: Any, told: Mapping[str, str], headers: Any) -> Any:
        names, settings = self.exchange.names, self.exchange.settings
        node = told.get("NodeID") or settings.node
        ends = told.get("EOL") or (_write_end(id, settings.eol) if settings.eol else None)
        return make(
            names.types,
            "SenderProvidedRequestData",
            make(names.types, "MessageID", text=id),
            make(names.types, "ReferenceMessageID", text=told.get("ReferenceMessageID", id)),
            make(names.types, "TransactionCode", text=told.get("TransactionCode", settings.transaction_code or id)),
            make(names.types, "NodeID", text=node) if node else None,
            make(names.types, "EOL", text=ends) if ends else None,
            make(names.basic, "MessagePrimaryContent", content),
            headers,
            make(names.types, "TestMessage") if settings.test_message or "TestMessage" in told else None,
            Id=SIGNED_ID,
        )

    def _load(self, where: str, delivery: Delivery, filler: Packing) -> list[File]:
        types = {file.digest: file.media_type for file in delivery.files} | dict.fromkeys(filler.texts, "text/plain")
        files, size, rules = list[File](), 0, self.exchange.settings.attachments
        for digest, id in filler.digests.items():
            content = self._open(where, digest, filler)
            size += content.size
            if size > rules.most:
                what = f"attachments of more than {rules.most} bytes; raise `attachments.most` if SMEV permits it"
                raise Refused(f"{where}: {what}", "AttachmentSizeLimitExceeded")
            signature = self.exchange.seal.detach(b"".join(content.pieces())) if rules.sign else None
            files.append(File(id, content, types.get(digest) or "application/octet-stream", signature))
        return files

    def _open(self, where: str, digest: str, filler: Packing) -> StoredContent:
        if text := filler.texts.get(digest):
            return StoredContent(len(text), lambda: iter([text]))
        try:
            return self.tools.stream_file(digest)
        except (KeyError, OSError, ValueError):  # ValueError: it was changed in the store, or its key is not here yet
            raise Unavailable(f"{where}: the file {digest[:12]} is not in the store") from None


def _write_response(names: Names, id: str, content: Any, told: Mapping[str, str], headers: Any, where: str) -> Any:
    if not told.get("To"):
        raise Refused(f"{where}: a response needs `headers: {{To: …}}`, the ReplyTo of its request", "mapping")
    own = content.tag in OWN
    if own:
        for node in content.iter():
            node.tag = f"{{{names.types}}}{local_name(node)}"
    return make(
        names.types,
        "SenderProvidedResponseData",
        make(names.types, "MessageID", text=id),
        make(names.types, "To", text=told["To"]),
        content if own else make(names.basic, "MessagePrimaryContent", content),
        None if own else headers,
        Id=SIGNED_ID,
    )


def _list_headers(names: Names, files: list[File]) -> Any:

    made = [
        make(
            names.basic,
            "AttachmentHeader",
            make(names.basic, "contentId", text=file.id),
            make(names.basic, "MimeType", text=file.media_type),
            make(names.basic, "SignaturePKCS7", text=base64.b64encode(file.signature).decode())
            if file.signature
            else None,
        )
        for file in files
    ]
    return make(names.basic, "AttachmentHeaderList", *made) if made else None


def _write_end(id: str, seconds: float) -> str:
    """Counted from the id's own time, so that every attempt says the same."""
    made = _EPOCH + timedelta(microseconds=uuid.UUID(id).time // 10)
    return write_time(made + timedelta(seconds=seconds))
