"""The line to a SOAP service: envelopes out, what they hold back in; faults become errors."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree

from adapters import outcome
from adapters.auth import Scheme
from adapters.bodies import to_tree
from adapters.contract import Health
from adapters.errors import AdapterError, Refused
from adapters.http import Outgoing, Reply
from adapters.line import Line
from adapters.soap.contract import NS11, Contract
from adapters.soap.envelope import NoEnvelope, content_type, write
from adapters.soap.faults import of_fault
from adapters.soap.message import build_request
from adapters.soap.package import open_package
from adapters.soap.schema import Misfit
from adapters.soap.security import Seal, secure
from adapters.soap.settings import Settings
from adapters.soap.shelf import BadContract
from adapters.soap.wsdl import Operation
from adapters.urls import join_url

_SHUT = frozenset({401, 403, 502, 503, 504})


@dataclass(slots=True)
class SoapCall(Outgoing):
    """`envelope` without its Security header."""

    envelope: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Payload(Reply):
    """What an envelope held, and nothing else: no DTD, no entity."""


@dataclass(frozen=True, slots=True)
class Secured:
    """A scheme of HTTP, and the seals of WS-Security."""

    scheme: Scheme
    seals: tuple[Seal, ...]
    now: Callable[[], datetime]

    def sign(self, call: Outgoing) -> str:
        if isinstance(call, SoapCall):
            sealed = secure(deepcopy(call.envelope), self.seals, self.now()) if self.seals else call.envelope
            call.content = write(sealed)
        return self.scheme.sign(call)

    def renew(self, used: str) -> bool:
        return self.scheme.renew(used)


@dataclass(frozen=True, slots=True)
class SoapLine(Line):
    settings: Settings
    contract: Contract
    seals: tuple[Seal, ...]
    now: Callable[[], datetime]

    def prepare(self, name: str, operation: Operation, message: Any, header: Any = None) -> SoapCall:
        """A call with a message that the schema takes. Raises Refused, naming the place and never the value."""
        try:
            envelope = build_request(self.contract, operation, message, header)
        except Misfit as misfit:
            word = f"{self.wire.where(name)}: {operation.name}: the message does not fit the WSDL at {misfit}"
            raise Refused(word, "message") from None
        headers = {"Content-Type": content_type(self.contract.envelope, operation.action)}
        if self.contract.envelope == NS11:
            headers["SOAPAction"] = f'"{operation.action}"'
        return SoapCall(name, "POST", self.endpoint, headers, envelope=envelope)

    def judge(self, call: Outgoing, reply: Reply) -> Reply:
        """The body's element as a Payload. What is no envelope is left as it is, and is no Payload."""
        if not isinstance(call, SoapCall):
            return Line.judge(self, call, reply)
        where = self.wire.where(call.name)
        try:
            envelope = open_package(_content_type(reply), reply.body)
        except NoEnvelope:
            envelope = None
        if envelope is not None and envelope.fault is not None:
            wait = outcome.read_retry_after(reply.headers)
            raise of_fault(where, envelope.fault, wait, call.safe, self.settings.faults)
        reply = Line.judge(self, call, reply)
        if envelope is None:
            return reply
        content = b"" if envelope.payload is None else etree.tostring(envelope.payload, with_tail=False)
        return Payload(reply.status, reply.headers, content)

    @property
    def endpoint(self) -> str:
        return join_url(self.wire.base, self.settings.endpoint)

    def operation(self, name: str) -> Operation:
        """Raises Refused: `tsur check` would have found it."""
        try:
            return self.contract.operation(name)
        except BadContract as error:
            raise Refused(str(error), "operation") from None

    def check_health(self) -> Health:
        """Asks `connect.health`, else for the WSDL: whoever answers at all, and does not shut us out, is there."""
        ask = self.settings.health
        try:
            if ask is not None and ask.operation:
                self.call(self.prepare("health", self.operation(ask.operation), to_tree("", ask.message)))
            elif ask is not None:
                return Line.check_health(self)
            else:
                reply = self.ask(Outgoing("health", "GET", self.endpoint + "?wsdl"))
                if reply.status in _SHUT:
                    return Health(False, f"{self.wire.where('health')}: HTTP {reply.status}")
        except AdapterError as error:
            return Health(False, str(error))
        return Health(True, "; ".join(filter(None, (seal.warn(self.now()) for seal in self.seals))))


def _content_type(reply: Reply) -> str:
    return next((value for name, value in reply.headers.items() if name.lower() == "content-type"), "")
