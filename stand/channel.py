"""What the channels that call us have in common: webhooks out, answers in."""

import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, ClassVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

from stand.accounts import account
from stand.answers import Answers, Told
from stand.faults import Switches
from stand.feed import Appeal
from stand.life import lot
from stand.links import LinkSwitches
from stand.outer import Outer
from stand.sender import Sender, Sending, Webhook

YEKATERINBURG = timezone(timedelta(hours=5))


class ChannelSwitches(Switches):
    sending: Sending = Sending()
    wrong_proof: bool = False  # signs or authorises its webhooks wrongly
    clock_skew: float = 0  # seconds added to the clock that signs
    broken: bool = False  # sends bodies cut in half
    replies: bool = True  # residents reply to questions
    links: LinkSwitches = LinkSwitches()
    rates: float = 0.0  # share of final answers that the resident rates


class Channel(Outer):
    switch_kind = ChannelSwitches
    switches: ChannelSwitches
    concurrency: ClassVar[int] = 8
    intake: ClassVar[str] = "/in"

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.answers = Answers(self.book)
        self.appeals: dict[str, Appeal] = {}
        self.sender: Sender | None = None

    def form(self, appeal: Appeal) -> tuple[dict[str, str], bytes]:
        """Headers and body of one webhook, signed for now."""
        raise NotImplementedError

    def take(self, appeal: Appeal, concurrency: int) -> None:
        self.appeals[appeal.id] = appeal
        self.book.note("appeal", id=appeal.id, files=appeal.show_files())
        self.push(appeal.id, lambda: self.form(appeal), concurrency)

    def push(self, id: str, build: Callable[[], tuple[dict[str, str], bytes]], concurrency: int = 0) -> None:
        if not self.sender:
            where = f"{self.intake}/{self.name}"
            self.sender = Sender(self.gateway, where, concurrency or self.concurrency, lambda: self.switches.sending)
        self.sender.send(Webhook(id, lambda: self._spoil(*build())))

    def _spoil(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        return headers, body[: len(body) // 2] if self.switches.broken else body

    def prove(self, name: str) -> str:
        """The key or token that proves who sends."""
        return "wrong" if self.switches.wrong_proof else account(name)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.switches.clock_skew)

    def known(self, id: str) -> Appeal:
        if id not in self.appeals:
            self.book.tally["unknown appeal"] += 1
            raise HTTPException(404, "unknown appeal")
        return self.appeals[id]

    def tell(self, told: Told, **facts: Any) -> int:
        """The resident sees it; a question is replied to."""
        ordinal = self.answers.add(told, **facts)
        if told.kind == "question" and self.switches.replies:
            self.reply(self.known(told.appeal), ordinal)
        if told.kind == "final" and lot(self.name + " rates", ordinal) < self.switches.rates:
            self.rate(self.known(told.appeal), ordinal)
        return ordinal

    def reply(self, appeal: Appeal, ordinal: int) -> None:
        """Channels without a way to reply say nothing."""

    def rate(self, appeal: Appeal, ordinal: int) -> None:
        """Channels without ratings say nothing."""

    def count(self) -> dict[str, int]:
        webhooks = self.sender.sent if self.sender else {}
        acknowledged = sum(webhooks[id].acknowledged > 0 for id in self.appeals)
        attempts = sum(webhook.attempts for webhook in webhooks.values())
        sent = {"sent": len(self.appeals), "acknowledged": acknowledged, "attempts": attempts}
        return {**sent, **self.answers.count(), **super().count()}

    def pages(self) -> dict[str, Any]:
        webhooks = self.sender.sent if self.sender else {}
        sent = {
            id: {"attempts": each.attempts, "acknowledged": each.acknowledged, "status": each.status}
            for id, each in webhooks.items()
        }
        attached = {id: appeal.show_files() for id, appeal in self.appeals.items() if appeal.files}
        return {"sent": sent, "answers": self.answers.pages(), "attached": attached}

    def close(self) -> None:
        if self.sender:
            self.sender.close()
        super().close()


def check_token(request: Request, header: str, expected: str) -> None:
    if not hmac.compare_digest(request.headers.get(header, "").encode(), expected.encode()):
        raise HTTPException(401, "who are you?")
