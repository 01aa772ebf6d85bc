"""Deliveries, questions and replies of a SOAP service, in place of those of plain HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from adapters import outcome
from adapters.asks import Asker, Question
from adapters.bodies import to_tree
from adapters.errors import Unavailable
from adapters.filler import Filler
from adapters.http import Outgoing, Reply
from adapters.plan import Runner, flatten
from adapters.soap.line import Payload, SoapLine
from adapters.soap.wsdl import Operation
from canonical.delivery import Delivery
from canonical.plan import Call

OPERATION = "OPERATION"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


@dataclass(slots=True)
class SoapRunner(Runner):
    line: SoapLine

    def build(self, call: Call, progress: Mapping[str, Any], intent: str = "") -> Outgoing:
        """Raises Refused when a value is missing or the message does not fit the WSDL: before anything leaves."""
        if call.method != OPERATION:
            return Runner.build(self, call, progress, intent)
        filler = Filler(flatten(progress), self.tools, self._lacking(progress, intent))
        parts = filler.fill(call.body.tree) if call.body is not None else {}
        operation = self.line.operation(str(call.path[0]))
        made = self.line.prepare(call.name, operation, parts.get("message"), parts.get("soap_header"))
        made.headers |= {name: filler.header(value) for name, value in call.headers.items()}
        made.effect, made.idempotent = not call.name.startswith("find"), call.idempotent
        return made

    def read(self, delivery: Delivery, name: str, reply: Reply, safe: bool) -> dict[str, str]:
        call = _find_call(delivery, name)
        if call is not None and call.method == OPERATION:
            operation = self.line.operation(str(call.path[0]))
            if operation.one_way:
                return {}
            if not isinstance(reply, Payload) or find_root(reply.body) != operation.reply_name:
                raise outcome.of_unreadable(self.line.wire.where(name), "not the reply that the WSDL promises", safe)
        return Runner.read(self, delivery, name, reply, safe)


def _find_call(delivery: Delivery, name: str) -> Call | None:
    plan = delivery.plan
    asked = [plan.find, *(call.find for call in plan.calls), *plan.calls]
    return next((call for call in asked if call is not None and call.name == name), None)


class SoapAsker(Asker):
    line: SoapLine

    def __init__(self, line: SoapLine, zone: str, secret: Callable[[str], str]) -> None:
        super().__init__(line, zone, secret)
        self.line = line

    def ask(self, name: str, question: Question, values: Mapping[str, Any]) -> Reply:
        """An error page must not look like an empty list. What is no XML at all, who reads it will see."""
        reply = super().ask(name, question, values)
        if question.operation and self._is_other(reply, self._operation(question)):
            raise Unavailable(f"{self.line.wire.where(name)}: unreadable reply: not the one that the WSDL promises")
        return reply

    def build(self, name: str, question: Question, values: Mapping[str, Any]) -> Outgoing:
        if question.operation is None:
            return super().build(name, question, values)
        message = to_tree("", self._tree(name, question.message or {}, values))
        made = self.line.prepare(name, self._operation(question), message)
        made.headers |= {key: self.text(given, values) or "" for key, given in question.headers.items()}
        return made

    def _is_other(self, reply: Reply, operation: Operation) -> bool:
        root = find_root(reply.body)
        return root is not None and not (isinstance(reply, Payload) and root == operation.reply_name)

    def _operation(self, question: Question) -> Operation:
        return self.line.operation(question.operation or "")


def find_root(body: bytes) -> str | None:
    """Local name of a body's root element; None: no XML."""
    try:
        return str(etree.QName(etree.fromstring(body, _PARSER)).localname)
    except (etree.XMLSyntaxError, ValueError):
        return None
