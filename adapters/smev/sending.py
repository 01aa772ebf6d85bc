"""Deliveries as messages: SendRequest as a consumer, SendResponse as a provider. Idempotent by the MessageID."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.bodies import to_element
from adapters.contract import Tools
from adapters.errors import Refused, Unavailable
from adapters.plan import RECEIPT, to_receipt
from adapters.smev.envelope import SIGNED_ID
from adapters.smev.exchange import Exchange, write_time
from adapters.smev.fault import AlreadySent
from adapters.smev.names import Names, local_name, make, text_of
from adapters.smev.packing import Packing, write_headers
from adapters.smev.settings import Routing
from canonical.delivery import Delivery
from canonical.plan import Call
from canonical.receipt import Receipt

OPERATIONS = ("SendRequest", "SendResponse")
#: Roots of a response's `xml:` that are the contract's own, written without a namespace.
OWN = ("RequestRejected", "RequestStatus")
#: What samples call the root of a personally signed content.
PERSONAL_ID = "PERSONAL_SIGNATURE"
_EPOCH = datetime(1582, 10, 15, tzinfo=UTC)


def make_message_id() -> str:
    """UUID v1 with a random node: the hardware address of this machine is nobody's business."""
    return str(uuid.uuid1(secrets.randbits(48) | 1 << 40, secrets.randbits(14)))


@dataclass(frozen=True, slots=True)
class Letter:
    """A message without its signature. `target`: what the caller signs."""

    operation: str
    id: str
    target: Any
    packing: Packing
    routing: Any = None  # RoutingInformation


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
        letter = self._write(delivery, call, id)
        self._put_aside(letter)
        if not known:
            self.tools.record(delivery.id, place, {"id": id})
        progress[place] = {"id": id}
        self.exchange.line.wire.clock.left = False  # that of an earlier exchange
        try:
            self._exchange(letter)
        except AlreadySent:
            pass
        except Unavailable:
            if not known and not self.exchange.line.wire.clock.left:
                self.tools.record(delivery.id, place, {})  # it surely never left: it must not grow stale
            raise
        return id

    def _put_aside(self, letter: Letter) -> None:
        """Before the MessageID is recorded: a file server that is away lets no id grow stale. Raises Unavailable."""
        for one in letter.packing.aside:
            self.tools.still_mine()
            one.server.put(one.uuid, one.name, one.content)

    def _exchange(self, letter: Letter) -> None:
        operation = letter.operation
        files = letter.packing.inside
        answered = self.exchange.call(operation, letter.target, self.tools.still_mine, files, letter.routing)
        metadata = self.exchange.prove(operation, answered, f"{operation}Response")
        if text_of(metadata, "MessageId") not in ("", letter.id):
            raise Unavailable(f"{self.exchange.where(operation)}: SMEV speaks of another message")

    def _write(self, delivery: Delivery, call: Call, id: str) -> Letter:
        """Raises Refused when the plan does not make a message."""
        operation, names = str(call.path[0]), self.exchange.names
        where = self.exchange.where(operation)
        if operation not in OPERATIONS or call.body is None or call.body.format != "xml":
            raise Refused(f"{where}: a call of SMEV is `post: SendRequest` or `SendResponse` with `xml:`", "mapping")
        known = {file.digest: file for file in delivery.files if file.digest}
        packing = Packing({}, self.tools, exchange=self.exchange, where=where, delivery=delivery.id, known=known)
        try:
            content = to_element(packing.fill(call.body.tree))
        except ValueError:
            raise Refused(f"{where}: a value or a name that XML cannot carry", "xml") from None
        told = {name: packing.text(value) for name, value in call.headers.items()}
        if operation == "SendResponse":
            return Letter(operation, id, self._write_response(id, content, told, packing, where), packing)
        routing = write_routing(names, self.exchange.settings.routing, told, id)
        return Letter(operation, id, self._write_request(id, content, told, packing, where), packing, routing)

    def _write_content(self, content: Any, packing: Packing, where: str) -> tuple[Any, ...]:
        """MessagePrimaryContent, PersonalSignature and the two lists of files, each but the first only if needed."""
        names, seal, signature = self.exchange.names, self.exchange.seal, None
        if self.exchange.settings.signing.personal is not None:
            if not content.get("Id"):
                what = f'its root needs an Id to be signed personally: `"@Id": {PERSONAL_ID}`'
                raise Refused(f"{where}: {what}", "mapping")
            signature = make(names.types, "PersonalSignature", seal.sign_personally(content))
        return make(names.basic, "MessagePrimaryContent", content), signature, *write_headers(names, packing)

    def _write_request(self, id: str, content: Any, told: Mapping[str, str], packing: Packing, where: str) -> Any:
        names, settings = self.exchange.names, self.exchange.settings
        always = id if names.version == "1.2" else None  # elsewhere optional, and unknown to older 1.1
        code = told.get("TransactionCode") or settings.transaction_code
        return make(
            names.types,
            "SenderProvidedRequestData",
            make(names.types, "MessageID", text=id),
            _make_told(names, "ReferenceMessageID", told.get("ReferenceMessageID") or always),
            _make_told(names, "TransactionCode", code or always),
            _make_told(names, "NodeID", told.get("NodeID") or settings.node),
            _make_told(names, "EOL", told.get("EOL") or (_write_end(id, settings.eol) if settings.eol else None)),
            *self._write_content(content, packing, where),
            make(names.types, "TestMessage") if settings.test_message or "TestMessage" in told else None,
            Id=SIGNED_ID,
        )

    def _write_response(self, id: str, content: Any, told: Mapping[str, str], packing: Packing, where: str) -> Any:
        names = self.exchange.names
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
            *((content,) if own else self._write_content(content, packing, where)),
            Id=SIGNED_ID,
        )


def _make_told(names: Names, tag: str, text: str | None) -> Any:
    return make(names.types, tag, text=text) if text else None


def write_routing(names: Names, rules: Routing, told: Mapping[str, str], id: str) -> Any:
    """RoutingInformation: whom a request of 1.3 is for. None: SMEV decides by its message type."""
    dynamic = told["RoutingDynamic"].split() if told.get("RoutingDynamic") else rules.dynamic
    identifiers = told["RoutingIdentifier"].split() if told.get("RoutingIdentifier") else rules.identifiers
    if not dynamic and not identifiers:
        return None
    return make(
        names.routing,
        "RoutingInformation",
        make(names.routing, "MessageID", text=id),
        _write_values(names, "Dynamic", dynamic),
        _write_values(names, "Identifier", identifiers),
        Id="SIGNED_ROUTING",
    )


def _write_values(names: Names, kind: str, values: Sequence[str]) -> Any:
    if not values:
        return None
    return make(names.routing, f"{kind}Routing", *(make(names.routing, f"{kind}Value", text=one) for one in values))


def _write_end(id: str, seconds: float) -> str:
    """Counted from the id's own time, so that every attempt says the same."""
    made = _EPOCH + timedelta(microseconds=uuid.UUID(id).time // 10)
    return write_time(made + timedelta(seconds=seconds))
