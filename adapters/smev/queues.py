"""Queues of ours at SMEV: messages are taken, proven and recorded, and only then acknowledged."""

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from lxml import etree

from adapters.contract import Batch, Cursor, Tools
from adapters.documents import to_document, to_faulty
from adapters.errors import AdapterError, Refused, Unavailable
from adapters.mapped import Mapped
from adapters.smev.enclosures import Rejected, keep_files
from adapters.smev.envelope import SIGNED_ID
from adapters.smev.exchange import Answered, Exchange, write_time
from adapters.smev.names import child_of, local_name, make, text_of
from adapters.smev.seal import Forged
from adapters.smev.settings import Taken
from canonical.document import Document
from canonical.mapping.errors import ReadingError

#: queue → operation, the element that holds a message and its signature, the signed ones.
_WAYS = {
    "requests": ("GetRequest", "RequestMessage", ("Request", "Cancel")),
    "responses": ("GetResponse", "ResponseMessage", ("Response",)),
    "statuses": ("GetStatus", "SmevAsyncProcessingMessage", ("AsyncProcessingStatusData",)),
}
_BESIDE = ("AttachmentContentList", "SMEVSignature")
_TYPE = "application/xml"


@dataclass(frozen=True, slots=True)
class Arrived:
    """`token`: what to tell SMEV once it is recorded; empty: the message has no id that could be told.

    `document`: None for a message that nobody needs: SMEV's word that a response of ours went well.
    """

    document: Document | None
    token: str
    at: str = ""  # when SMEV sent it


@dataclass(slots=True)
class Queues:
    exchange: Exchange
    mapping: Mapped
    tools: Tools
    kinds: Sequence[tuple[str, Taken]]
    watched: Sequence[tuple[str, Taken]] = ()  # queues that no kind reads: only bad news is kept, as of this kind
    pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(self.exchange.settings.limits.concurrency, "smev")

    def poll(self, cursor: Cursor | None) -> Batch:
        """As many messages as wait, up to `batch`. What was taken before a failure is kept; with nothing taken it is
        raised."""
        arrived: list[Arrived] = []
        failure: AdapterError | None = None
        more = False
        for rule in dict.fromkeys(rule for _, rule in (*self.kinds, *self.watched)):
            try:
                more |= self._drain(rule, arrived)
            except (Unavailable, Refused) as error:
                failure = error
        if failure is not None and not arrived:
            raise failure
        arrived.sort(key=lambda one: one.at)  # calls side by side mix them up
        documents = [one.document for one in arrived if one.document is not None]
        return Batch(documents, dict(cursor or {}), more, [one.token for one in arrived])

    def _drain(self, rule: Taken, arrived: list[Arrived]) -> bool:
        """Whether more may wait. One call looks whether anything does; then several run side by side, none of which
        waits for another's reply."""
        room = iter(range(self.exchange.settings.batch - len(arrived)))  # shared: each number is one call
        ended = threading.Event()

        def take(calls: Iterable[int]) -> None:
            for _ in calls:
                if ended.is_set():
                    return
                found = self._take(rule)
                if found is None:
                    ended.set()
                else:
                    arrived.append(found)

        take(islice(room, 1))
        if ended.is_set():
            return False
        asked = [self.pool.submit(take, room) for _ in range(self.exchange.settings.limits.concurrency)]
        if failed := next((one for one in [each.exception() for each in asked] if one is not None), None):
            raise failed
        return not ended.is_set()

    def confirm(self, batch: Batch) -> None:
        """Raises the first failure after every message was tried."""
        tried = [self.pool.submit(self._acknowledge, token) for token in batch.tokens if token]
        failures = [failed for one in tried if (failed := one.exception()) is not None]
        if failures:
            raise failures[0]

    def _acknowledge(self, token: str) -> None:
        accepted, _, id = token.partition(":")
        self.exchange.acknowledge(id, accepted == "true")

    def _take(self, rule: Taken) -> Arrived | None:
        operation, holder, signed = _WAYS[rule.take]
        target = self.exchange.stamp() if rule.take == "statuses" else self._select(rule)
        answered = self.exchange.call(operation, target)
        message = child_of(answered.body, holder)
        if message is None:
            return None
        try:
            proven = self.exchange.seal.check(answered.package.document, holder)
            found = [node for node in proven.getparent() if local_name(node) not in _BESIDE]
            if found != [proven] or local_name(proven) not in signed:
                raise Forged("IncorrectSignatureTarget")
        except Forged as error:
            return self._mistrust(rule, message, error)
        read = self._read(rule, answered, proven)
        return replace(read, at=text_of(proven, "MessageMetadata", "SendingTimestamp"))

    def _select(self, rule: Taken) -> Any:
        names = self.exchange.names
        node = rule.node or self.exchange.settings.node
        return make(
            names.basic,
            "MessageTypeSelector",
            make(names.basic, "NamespaceURI", text=rule.namespace) if rule.namespace else None,
            make(names.basic, "RootElementLocalName", text=rule.root) if rule.root else None,
            make(names.basic, "Timestamp", text=write_time(self.exchange.tools.now())),
            make(names.basic, "NodeID", text=node) if node else None,
            Id=SIGNED_ID,
        )

    def _mistrust(self, rule: Taken, message: Any, error: Forged) -> Arrived:
        """Kept for a person, and told to SMEV as not accepted."""
        id = _find_id(message)
        fault = f"SMEV's signature is not good: {error}; compare `signing.trust` with SMEV's certificate"
        return Arrived(
            to_faulty(self._first(rule), _dump(message), _TYPE, fault, id or None), f"false:{id}" if id else ""
        )

    def _first(self, rule: Taken) -> str:
        return next(kind for kind, one in (*self.kinds, *self.watched) if one == rule)

    def _read(self, rule: Taken, answered: Answered, proven: Any) -> Arrived:
        """The first kind of the mapping that takes the message; a message that none takes is kept all the same."""
        message, id = proven.getparent(), _find_id(proven.getparent())
        token = f"true:{id}" if id else ""
        fault = "no kind of the mapping takes it"
        try:
            keep_files(self.exchange, answered, proven)
        except Rejected as error:
            return Arrived(to_faulty(self._first(rule), _dump(message), _TYPE, str(error), id or None), token)
        body = _dump(message)
        if (code := _find_rejection(proven)) is not None:
            fault = f"SMEV rejected our message {text_of(code, 'OriginalMessageId')} after it had taken it: "
            fault += text_of(code, "SmevFault", "Code") or "no code"
            return Arrived(to_faulty(self._first(rule), body, _TYPE, f"{fault}; mend it and resend", id or None), token)
        for kind in (kind for kind, one in self.kinds if one == rule):
            try:
                items = list(self.mapping.split(kind, body, _TYPE))
            except ReadingError as error:
                fault = error.why
                continue
            if items:
                return Arrived(to_document(kind, items[0], _TYPE, id or None), token)
        if rule.take == "statuses":
            return Arrived(None, token)
        return Arrived(to_faulty(self._first(rule), body, _TYPE, fault, id or None), token)

    def close(self) -> None:
        self.pool.shutdown()


def _dump(message: Any) -> bytes:
    made: bytes = etree.tostring(message, encoding="UTF-8", xml_declaration=True, with_tail=False)
    return made


def _find_id(message: Any) -> str:
    """What Ack names: the message's own id; for a status, ASSUMED, the id of the message it speaks of."""
    content = next(iter(message), None)
    if content is None:
        return ""
    return text_of(content, "MessageMetadata", "MessageId") or text_of(
        content, "AsyncProcessingStatus", "OriginalMessageId"
    )


def _find_rejection(proven: Any) -> Any:
    """The AsyncProcessingStatus that says no, or None."""
    for place in (("AsyncProcessingStatus",), ("SenderProvidedResponseData", "AsyncProcessingStatus")):
        found = child_of(proven, *place)
        if found is not None and "Rejected" in text_of(found, "StatusCategory"):
            return found
    return None
