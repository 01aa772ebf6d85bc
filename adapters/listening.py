"""Webhooks: first who calls, then what it says. What cannot be parsed is kept all the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.contract import Reception, Request
from adapters.documents import Splits, to_document, to_unsplit
from adapters.errors import Unverified
from adapters.paths import look
from adapters.verify import Check
from adapters.webhook_settings import Handshake, Webhook
from canonical.document import Document
from canonical.mapping.errors import ReadingError


@dataclass(frozen=True, slots=True)
class KindListener:
    """`confirm`: the handshake's body with its secret read."""

    kind: str
    rules: Webhook
    check: Check = field(repr=False)
    confirm: bytes = field(default=b"", repr=False)

    def fits(self, request: Request) -> bool:
        rules = self.rules
        if rules.path is not None and not request.path.rstrip("/").endswith("/" + rules.path.strip("/")):
            return False
        return rules.header is None or request.headers.get(rules.header.name.lower()) in rules.header.is_

    def event(self, request: Request) -> str | None:
        rule = self.rules.event
        if rule.header is not None:
            return request.headers.get(rule.header.lower()) or None
        return look(request.body, rule.path) if rule.path is not None else None

    def is_handshake(self, request: Request) -> Handshake | None:
        rule = self.rules.handshake
        return rule if rule and look(request.body, rule.path) in rule.is_ else None

    def read(self, request: Request, mapping: Splits) -> list[Document]:
        """Raises ReadingError."""
        kind, event = request.headers.get("content-type", ""), self.event(request)
        return [to_document(self.kind, item, kind, event) for item in mapping.split(self.kind, request.body, kind)]


@dataclass(frozen=True, slots=True)
class Listener:
    kinds: Sequence[KindListener]
    mapping: Splits

    def read(self, request: Request) -> Reception:
        """Raises Unverified."""
        fitting = [kind for kind in self.kinds if kind.fits(request)]
        if not fitting:
            raise Unverified("no webhook of this system is called so", 404)
        callers = self._verified(fitting, request)
        first = callers[0]
        if first.is_handshake(request):
            return Reception((), body=first.confirm)
        reply = first.rules.reply
        return Reception(self._documents(callers, request), reply.status, reply.body.encode(), reply.type)

    def _verified(self, fitting: Sequence[KindListener], request: Request) -> list[KindListener]:
        callers, failure = [], None
        for kind in fitting:
            try:
                kind.check(request)
                callers.append(kind)
            except Unverified as error:
                failure = failure or error
        if not callers and failure:
            raise failure
        return callers

    def _documents(self, callers: Sequence[KindListener], request: Request) -> list[Document]:
        """The kinds' own `when:` decide which of them take it; the first that can read it is enough."""
        body, kind = request.body, request.headers.get("content-type", "")
        limit = max(caller.rules.max_bytes for caller in callers)
        if len(body) > limit:
            fault = f"longer than {limit} bytes: the rest was cut off"
            return [to_unsplit(callers[0].kind, body[:limit], kind, fault)]
        documents, why = [], "no kind of document takes it"
        for caller in callers:
            try:
                documents += caller.read(request, self.mapping)
            except ReadingError as error:
                why = f"unreadable: {error}"
        return documents or [to_unsplit(callers[0].kind, body, kind, why)]
