"""Webhooks out of a stand: at least once, again until a 2xx."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from stand.wire import Client

FIRST_WAIT, LONGEST_WAIT = 0.2, 2.0


@dataclass(slots=True)
class Webhook:
    """`build` makes headers and body anew for each attempt: a signature carries the time of sending."""

    id: str
    build: Callable[[], tuple[dict[str, str], bytes]]
    attempts: int = 0
    acknowledged: int = 0  # 2xx replies
    status: int = 0  # the last reply's; 0: no reply


class Sending(BaseModel):
    """Switches of a sender."""

    model_config = ConfigDict(extra="forbid")
    resend: float = 0.0  # share sent once more after its acknowledgement
    attempts: int = 0  # gives up after so many; 0: never


class Sender:
    def __init__(self, gateway: str, path: str, concurrency: int, sending: Callable[[], Sending]) -> None:
        self.client = Client(gateway)
        self.path = path
        self.room = asyncio.Semaphore(concurrency)
        self.sending = sending
        self.sent: dict[str, Webhook] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def send(self, webhook: Webhook) -> asyncio.Task[None]:
        """The same id again is the same message sent again: attempts add up."""
        webhook = self.sent.setdefault(webhook.id, webhook)
        return self.start(self._send(webhook))

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def _send(self, webhook: Webhook) -> None:
        async with self.room:
            wait, sending = FIRST_WAIT, self.sending()
            while not await self._attempt(webhook):
                if sending.attempts and webhook.attempts >= sending.attempts:
                    return
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            if (len(self.sent) * 0.618) % 1 < sending.resend:
                await self._attempt(webhook)

    async def _attempt(self, webhook: Webhook) -> bool:
        headers, body = webhook.build()
        webhook.attempts += 1
        try:
            webhook.status = await self.client.post(self.path, headers, body)
        except (OSError, TimeoutError):
            webhook.status = 0
        taken = 200 <= webhook.status < 300
        webhook.acknowledged += taken
        return taken

    def count(self) -> dict[str, int]:
        return {
            "sent": len(self.sent),
            "acknowledged": sum(webhook.acknowledged > 0 for webhook in self.sent.values()),
            "attempts": sum(webhook.attempts for webhook in self.sent.values()),
        }

    def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.client.close()
