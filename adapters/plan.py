"""Carries out a plan: call by call, resumed after what earlier attempts did, never restarted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters import outcome
from adapters.bodies import to_pairs, write_body
from adapters.contract import Tools
from adapters.errors import AdapterError, Refused, Unavailable
from adapters.filler import Filler
from adapters.http import Outgoing, Reply
from adapters.line import Line, nothing
from adapters.mapped import Mapped
from adapters.urls import join_url
from canonical.delivery import Delivery
from canonical.ids import LONGEST_ID
from canonical.mapping.errors import ReadingError
from canonical.plan import Call
from canonical.receipt import Receipt

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Where a system was asked by an address of its own for each filing, the plain no.
_NOT_THERE = frozenset({"404", "410"})
_IDEMPOTENT = frozenset({"PUT", "DELETE"})
RECEIPT = "receipt"
#: In the progress of a call that was refused and may be.
REFUSED = "$refused"


def finished(delivery: Delivery) -> bool:
    """Every call of the plan is in the progress."""
    return all(call.name in delivery.progress for call in delivery.plan.calls)


@dataclass(slots=True)
class Runner:
    line: Line
    mapping: Mapped
    tools: Tools
    check: Callable[[Call], None] = lambda call: None  # a protocol's own look at a call; raises Refused

    def deliver(self, delivery: Delivery) -> Receipt:
        """Raises Unavailable, Refused or Unknown; each finished call is recorded before the next begins.

        The last one is not: the receipt that it completes is committed instead.
        """
        progress = dict(delivery.progress)
        last = delivery.plan.calls[-1]
        for call in delivery.plan.calls:
            if call.name not in progress:
                progress[call.name] = self._try(delivery, call, progress)
                if call is not last:
                    self.tools.record(delivery.id, call.name, progress[call.name])
        return to_receipt(progress, self.tools.now())

    def _try(self, delivery: Delivery, call: Call, progress: Mapping[str, Any]) -> dict[str, str]:
        """As `_step`; a call that may fail is passed over when it is refused, and the progress says so."""
        try:
            return self._step(delivery, call, progress)
        except Refused as error:
            if not call.may_fail:
                raise
            return {REFUSED: error.code or "refused"}

    def _step(self, delivery: Delivery, call: Call, progress: Mapping[str, Any]) -> dict[str, str]:
        self.check(call)
        outgoing = self.build(call, progress, delivery.intent)
        before = self.tools.still_mine if outgoing.effect else nothing
        reply = self.line.call(outgoing, before)
        return self.read(delivery, call.name, reply, outgoing.safe)

    def read(self, delivery: Delivery, name: str, reply: Reply, safe: bool) -> dict[str, str]:
        """What the reply gives. Raises Refused for an error inside a 200."""
        where = self.line.wire.where(name)
        try:
            if error := self.judge(delivery.intent, name, reply):
                raise error
            taken = self.mapping.take(delivery.intent, name, reply.body)
        except ReadingError as error:
            raise outcome.of_unreadable(where, error.reason, safe) from None
        if len(taken.get(RECEIPT, "")) > LONGEST_ID:
            raise outcome.of_unreadable(where, f"a receipt of more than {LONGEST_ID} characters", safe)
        return taken

    def judge(self, intent: str, name: str, reply: Reply) -> AdapterError | None:
        """The error inside a reply of success."""
        code = self.mapping.refused(intent, name, reply.body)
        if code is None:
            return None
        word = f"{self.line.wire.where(name)}: the system refused: {outcome.to_code(code)}"
        return (
            Unavailable(word) if code in self.line.settings.codes.unavailable else Refused(word, outcome.to_code(code))
        )

    def _lacking(self, progress: Mapping[str, Any], intent: str) -> frozenset[str]:
        """What calls that were refused would have given."""
        refused = [name for name, taken in progress.items() if taken and REFUSED in taken]
        return frozenset(gift for name in refused for gift in self.mapping.gives(intent, name))

    def find(self, delivery: Delivery) -> Receipt | None:
        """The receipt, if all of the delivery arrived. None: not yet all of it; what did arrive is recorded, and the
        next `deliver` goes on after it.
        """
        pending = _pending(delivery)
        whole, own = delivery.plan.find, pending[0].find if pending else None
        if not pending or pending[0].unasked or (whole is None and own is None):
            return self._settled(delivery)
        taken = self._ask(delivery, whole)
        proven = self._proven(delivery, pending, taken)
        if not proven and own is not None:
            taken = self._ask(delivery, own)
            proven = pending[:1] if taken and self.mapping.gives(delivery.intent, own.name) <= taken.keys() else ()
        return self._resume(delivery, proven, taken)

    def _ask(self, delivery: Delivery, call: Call | None) -> dict[str, str]:
        """What the reply gives; nothing when there is nothing to be found."""
        if call is None:
            return {}
        try:
            reply = self.line.call(self.build(call, delivery.progress))
            return self.read(delivery, call.name, reply, True)
        except Refused as error:
            if error.code not in _NOT_THERE:
                raise Unavailable(str(error)) from None
            if not call.missing:  # perhaps it is our address that is wrong
                remedy = "if that means that nothing arrived, say so: `missing: true` in `find`"
                raise Unavailable(f"{error}; {remedy}") from None
            return {}

    def _proven(self, delivery: Delivery, pending: Sequence[Call], taken: Mapping[str, str]) -> Sequence[Call]:
        """The calls that must have happened: up to the one that gives the receipt, if there is a receipt; else the
        first, if the reply gives what only that call could have brought about. A receipt that an earlier call gave
        proves nothing of those behind it.
        """
        gives = [self.mapping.gives(delivery.intent, call.name) for call in pending]
        givers = [place for place, names in enumerate(gives) if RECEIPT in names]
        if RECEIPT in taken and (givers or len(pending) == len(delivery.plan.calls)):
            return pending[: max(givers, default=0) + 1]
        news = taken.keys() - flatten(delivery.progress).keys()
        return pending[:1] if news and gives[0] <= taken.keys() else ()

    def _resume(self, delivery: Delivery, proven: Sequence[Call], taken: Mapping[str, str]) -> Receipt | None:
        progress = dict(delivery.progress)
        for call in proven:
            progress[call.name] = dict(taken)
            self.tools.record(delivery.id, call.name, progress[call.name])
        done = proven and all(call.name in progress for call in delivery.plan.calls)
        return to_receipt(progress, self.tools.now()) if done else None

    def _settled(self, delivery: Delivery) -> Receipt:
        if finished(delivery):
            return to_receipt(delivery.progress, self.tools.now())
        raise Unavailable(f"{self.line.wire.where('find')}: this system cannot be asked")

    def build(self, call: Call, progress: Mapping[str, Any], intent: str = "") -> Outgoing:
        """Raises Refused when a value is missing or does not fit."""
        filler = Filler(flatten(progress), self.tools, self._lacking(progress, intent))
        segments = [filler.text(part) for part in call.path]
        query = [(name, filler.text(value)) for name, value in to_pairs(call.query)] if call.query else []
        headers = {name: filler.header(value) for name, value in to_pairs(call.headers)} if call.headers else {}
        content = b""
        if call.body is not None:
            kind, content = write_body(call.body, filler.fill)
            if not any(name.lower() == "content-type" for name in headers):
                headers["Content-Type"] = kind
        method = call.method.upper()
        return Outgoing(
            name=call.name, method=method, url=join_url(self.line.wire.base, segments, query), headers=headers,
            content=content, effect=method not in _READS, idempotent=call.idempotent or method in _IDEMPOTENT,
        )  # fmt: skip


def flatten(progress: Mapping[str, Any]) -> dict[str, str]:
    """All that earlier calls took, by name; the latest wins."""
    return {name: value for taken in progress.values() for name, value in (taken or {}).items()}


def to_receipt(progress: Mapping[str, Any], now: datetime) -> Receipt:
    taken = flatten(progress)
    refused = [name for name, given in progress.items() if given and REFUSED in given]
    taken.pop(REFUSED, None)
    return Receipt(number=taken.get(RECEIPT), at=now, taken=taken, refused=tuple(refused))


def _pending(delivery: Delivery) -> list[Call]:
    return [call for call in delivery.plan.calls if call.name not in delivery.progress]
