"""One operation of the exchange: signed, sent, and what comes back proven before it is used."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters import outcome
from adapters.contract import Tools
from adapters.errors import Unavailable
from adapters.http import Outgoing, Reply
from adapters.line import Line, nothing
from adapters.smev.envelope import SIGNED_ID, File, write_call
from adapters.smev.fault import OPTIONAL, UNSERVED, NotServed, NotWaiting, of_fault, read_fault
from adapters.smev.fileserver import FileServer
from adapters.smev.multipart import Intake
from adapters.smev.names import Names, local_name, make
from adapters.smev.package import Broken, Package, parse, restore
from adapters.smev.seal import Forged, Seal
from adapters.smev.settings import Settings
from adapters.urls import join_url


@dataclass(frozen=True, slots=True)
class Answered:
    """`body`: the reply's element, unproven but for its name; `package`: the bytes it came in."""

    body: Any
    package: Package


@dataclass(frozen=True, slots=True)
class Exchange:
    line: Line
    settings: Settings
    seal: Seal
    tools: Tools
    server: FileServer | None = None

    @property
    def names(self) -> Names:
        return Names(self.settings.contract)

    def where(self, operation: str) -> str:
        return self.line.wire.where(operation)

    def call(
        self,
        operation: str,
        target: Any,
        before: Callable[[], None] = nothing,
        files: Sequence[File] = (),
        routing: Any = None,
        lead: Any = None,
    ) -> Answered:
        """Every operation may be repeated: ids make sending idempotent, visibility makes taking so.

        Raises AlreadySent, NotWaiting, Unavailable or Refused.
        """
        where, mtom = self.where(operation), self.settings.attachments.form == "mtom"
        written = write_call(self.names, operation, target, self.seal, where, files, mtom, routing, lead)
        headers = {"Content-Type": written.content_type, "SOAPAction": f'"urn:{operation}"'}
        url, intake = join_url(self.line.wire.base, self.settings.path), Intake(self.tools.write_file)
        outgoing = Outgoing(
            operation, "POST", url, headers, written.body, effect=True, idempotent=True,
            pieces=written.pieces if written.files else None, length=written.length, take=intake.take,
        )  # fmt: skip
        reply = self._ask(outgoing, before)
        try:
            # Stacks with MTOM on pack their faults too, which no stream was split for.
            told = reply.body if reply.status < 300 else intake.take(reply.headers, iter([reply.body]))
            body = parse(told)
            document = restore(body, intake.files, self._read_part) or told
        except Broken as error:
            self.line.judge(outgoing, reply)
            raise outcome.of_unreadable(where, str(error), True) from None
        return Answered(self._read(where, operation, body, outgoing, reply), Package(document, intake.files))

    def _read_part(self, digest: str) -> bytes:
        try:
            return self.tools.read_file(digest)
        except (OSError, KeyError, ValueError) as error:
            raise Unavailable(f"{self.line.wire.system}: the file store failed: {type(error).__name__}") from None

    def _ask(self, outgoing: Outgoing, before: Callable[[], None]) -> Reply:
        """Raises Unavailable also for a package that was cut off, and for a file store that fails in the middle."""
        where = self.where(outgoing.name)
        try:
            return self.line.ask(outgoing, before)
        except Broken as error:
            raise outcome.of_unreadable(where, str(error), True) from None
        except (OSError, KeyError, ValueError) as error:
            raise Unavailable(f"{where}: the file store failed: {type(error).__name__}") from None

    def _read(self, where: str, operation: str, body: Any, outgoing: Outgoing, reply: Any) -> Any:
        if (code := read_fault(body)) is not None:
            raise NotServed if operation in OPTIONAL and code in UNSERVED else of_fault(where, code)
        self.line.judge(outgoing, reply)
        if len(body) != 1 or body[0].tag != f"{{{self.names.types}}}{operation}Response":
            raise outcome.of_unreadable(where, f"no {operation}Response", True)
        return body[0]

    def prove(self, operation: str, answered: Answered, holder: str) -> Any:
        """The signed element. Raises Unavailable: what SMEV says of our own sending is asked for again."""
        try:
            return self.seal.check(answered.package.document, holder)
        except Forged as error:
            raise Unavailable(f"{self.where(operation)}: SMEV's signature is not good: {error}") from None

    def stamp(self) -> Any:
        """basic:Timestamp, to be signed."""
        return make(self.names.basic, "Timestamp", text=write_time(self.tools.now()), Id=SIGNED_ID)

    def acknowledge(self, id: str, accepted: bool) -> None:
        """Raises Unavailable or Refused."""
        told = {"Id": SIGNED_ID, "accepted": "true" if accepted else "false"}
        try:
            self.call("Ack", make(self.names.basic, "AckTargetMessage", text=id, **told))
        except NotWaiting:
            return

    def count_waiting(self) -> dict[str, int]:
        """Messages waiting for us, by queue; empty where SMEV does not tell (1.3, and some installations of 1.2).

        Raises Unavailable or Refused.
        """
        if self.names.version == "1.3":
            return {}
        node = self.settings.node
        lead = make(self.names.types, "NodeID", text=node) if node else None
        try:
            told = self.call("GetIncomingQueueStatistics", self.stamp(), lead=lead).body
        except NotServed:
            return {}
        queues = [node for node in told if local_name(node) == "QueueStatistics"]
        return {node.get("queueName", ""): int(node.get("pendingMessageNumber", "0")) for node in queues}


def write_time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
