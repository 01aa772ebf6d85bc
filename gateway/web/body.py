"""Bodies of calls, read before anybody knows who calls: what all of them may take of our memory is limited."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
#: No sender may make us hold more than this, whatever its mapping allows (bytes).
HARD_LIMIT = 64 << 20
#: Seconds for a whole body.
PATIENCE_S = 60.0
#: Bodies up to here are always read; only what is longer shares the room (bytes).
SHORT = 1 << 20


class TooLarge(Exception):
    pass


class Busy(Exception):
    """Other long bodies fill the room: the sender comes again."""


class Slow(Exception):
    """The body was not there in time: what it held is wanted by others."""


class Gone(Exception):
    """The caller hung up in the middle of its body."""


@dataclass(slots=True)
class Room:
    """What the long bodies of all callers may hold at once (bytes). Used on one event loop alone."""

    free: int = HARD_LIMIT


@dataclass(slots=True)
class Held:
    """One call's body; `release` when it was dealt with."""

    room: Room
    taken: int = 0

    async def read(self, receive: Receive) -> bytes:
        """Raises TooLarge, Busy, Slow or Gone."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._gather(receive)
        except TimeoutError:
            raise Slow from None

    async def _gather(self, receive: Receive) -> bytes:
        parts, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            part = message.get("body", b"")
            size += len(part)
            if size > HARD_LIMIT:
                raise TooLarge
            if size > SHORT:
                self._take(size - self.taken)
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts)

    def _take(self, size: int) -> None:
        if size > self.room.free:
            raise Busy
        self.room.free -= size
        self.taken += size

    def release(self) -> None:
        self.room.free += self.taken
        self.taken = 0
