"""A partner calls us: first who, then whether the WSDL takes it, then what it says. Faults are the protocol's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from adapters.bodies import to_tree
from adapters.contract import Reception, Request, Tools
from adapters.documents import Splits, to_document, to_unsplit
from adapters.errors import Unverified
from adapters.mapped import Mapped
from adapters.settings import Missing, resolve
from adapters.soap.contract import NS12, Contract
from adapters.soap.envelope import Envelope, NoEnvelope, content_type, write, write_fault
from adapters.soap.message import build_reply
from adapters.soap.package import open_package
from adapters.soap.proof import Proof, Unproven, make_proof
from adapters.soap.publishing import publish
from adapters.soap.schema import Misfit
from adapters.soap.security import WSSE, to_stamp
from adapters.soap.settings import WEBHOOK, Settings, SoapWebhook
from adapters.soap.wsdl import Operation
from canonical.document import Document
from canonical.mapping.errors import ReadingError

_TRUE = frozenset({"1", "true"})


class Rejected(Exception):
    """Answered by a fault, nothing is recorded. `sender`: it is the caller's mistake."""

    def __init__(self, words: str, sender: bool = True, code: str = "") -> None:
        super().__init__(words)
        self.sender, self.code = sender, code


@dataclass(frozen=True, slots=True)
class SoapListener:
    """`kinds`: rules by kind of document. `url`: our endpoint as `?wsdl` names it, "" to leave the WSDL's own."""

    kinds: Mapping[str, SoapWebhook]
    mapping: Splits
    contract: Contract
    proof: Proof
    max_bytes: int
    url: str
    tools: Tools

    def read(self, request: Request) -> Reception:
        """Raises Unverified, with the fault for its body."""
        if request.method == "GET":
            return self._show(request)
        kind = request.headers.get("content-type", "")
        space = NS12 if "soap+xml" in kind else self.contract.envelope
        try:
            if len(request.body) > self.max_bytes:
                raise Rejected(f"longer than {self.max_bytes} bytes")
            envelope = open_package(kind, request.body, whole=True)
            space = envelope.namespace
            return self._take(envelope)
        except Unproven as error:
            body = write_fault(space, True, str(error), error.code, WSSE)
            raise Unverified(str(error), _status(space, True), body, content_type(space)) from None
        except (Rejected, NoEnvelope) as error:
            sender, code = (error.sender, error.code) if isinstance(error, Rejected) else (True, "")
            body = write_fault(space, sender, str(error), code)
            return Reception((), _status(space, sender), body, content_type(space))

    def _take(self, envelope: Envelope) -> Reception:
        if envelope.namespace != self.contract.envelope:
            raise Rejected(f"SOAP {self.contract.port.version} is spoken here", code="VersionMismatch")
        self._check_understood(envelope)
        self.proof.check(envelope)
        operation = self._find_operation(envelope)
        try:
            self.contract.validator.check(envelope.payload)
        except Misfit as misfit:
            raise Rejected(f"the message does not fit the WSDL at {misfit}") from None
        documents = self._read(operation, etree.tostring(envelope.payload, with_tail=False))
        return Reception(documents, 200, self._reply(operation, documents), content_type(envelope.namespace))

    def _check_understood(self, envelope: Envelope) -> None:
        for header in envelope.header if envelope.header is not None else ():
            told = header.get(f"{{{envelope.namespace}}}mustUnderstand")
            ours = header.tag == f"{{{WSSE}}}Security" and self.proof.reads_security
            if told in _TRUE and not ours:
                raise Rejected(f"the header `{etree.QName(header).localname}` is not understood", code="MustUnderstand")

    def _find_operation(self, envelope: Envelope) -> Operation:
        if envelope.payload is None or envelope.payload.getnext() is not None:
            raise Rejected("the body is not one element")
        operation = self.contract.called(envelope.payload)
        if operation is None or all(rules.operation != operation.name for rules in self.kinds.values()):
            raise Rejected(f"there is no operation with the message `{etree.QName(envelope.payload).localname}`")
        return operation

    def _read(self, operation: Operation, body: bytes) -> list[Document]:
        """What the WSDL takes and the mapping cannot read is our mistake: it is kept, with a fault."""
        kinds = [kind for kind, rules in self.kinds.items() if rules.operation == operation.name]
        documents: list[Document] = []
        why = "no kind of document takes it"
        for kind in kinds:
            try:
                documents += [
                    to_document(kind, item, "text/xml") for item in self.mapping.split(kind, body, "text/xml")
                ]
            except ReadingError as error:
                why = f"unreadable: {error}"
        return documents or [to_unsplit(kinds[0], body, "text/xml", why)]

    def _reply(self, operation: Operation, documents: list[Document]) -> bytes:
        if operation.one_way:
            return b""
        rules = next(rules for rules in self.kinds.values() if rules.operation == operation.name)
        values = {"id": documents[0].external_id, "now": to_stamp(self.tools.now())}
        try:
            return write(build_reply(self.contract, operation, fill_reply(rules.reply, values), self.contract.envelope))
        except Misfit as misfit:
            raise Rejected(f"our reply does not fit the WSDL at {misfit}", sender=False) from None

    def _show(self, request: Request) -> Reception:
        wanted = next((value for name, value in request.query.items() if name.lower() == "wsdl"), None)
        shown = publish(self.contract, wanted or "", self.url) if wanted is not None else None
        if shown is None:
            return Reception((), 404, b"POST a SOAP envelope, or GET ?wsdl\n")
        return Reception((), 200, shown, "text/xml; charset=utf-8")


def _status(space: str, sender: bool) -> int:
    """SOAP 1.1 section 6.2 knows only 500; SOAP 1.2 part 2 section 7.5.2.2 has 400 for what the sender did."""
    return 400 if space == NS12 and sender else 500


def fill_reply(reply: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    def fill(tree: Any) -> Any:
        if isinstance(tree, Mapping):
            if set(tree) == {"fill"}:
                return values.get(tree["fill"])
            return {name: fill(value) for name, value in tree.items()}
        return [fill(one) for one in tree] if isinstance(tree, list) else tree

    return to_tree("", fill(reply))


def make_listener(mapping: Mapped, settings: Settings, contract: Contract, tools: Tools) -> SoapListener:
    """Raises settings.Missing when a secret is not set: an endpoint is never open by accident."""
    incoming = settings.incoming
    if incoming is None:
        raise Missing("`connect` has no `incoming`, which says who may call")
    kinds = {kind: WEBHOOK.validate_python(raw) for kind, raw in mapping.webhooks.items()}
    url = resolve(incoming.url, tools.secret) if incoming.url is not None else ""
    return SoapListener(
        kinds, mapping, contract, make_proof(incoming.security, tools), incoming.max_bytes, url, tools
    )  # fmt: skip
