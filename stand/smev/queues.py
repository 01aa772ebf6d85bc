"""Queues of the exchange: a message that was taken and not acknowledged comes back after its visibility time."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Wish:
    """A MessageTypeSelector: empty fields select everything."""

    space: str = ""
    root: str = ""
    node: str = ""

    def takes(self, message: "Queued") -> bool:
        return (
            self.space in ("", message.space) and self.root in ("", message.root) and self.node in ("", message.node)
        )  # fmt: skip


@dataclass(slots=True)
class Queued:
    """A message on its way to one information system. `content`: the signed element of the reply."""

    id: str
    content: Any
    files: dict[str, bytes] = field(default_factory=dict)  # content id → bytes
    space: str = ""
    root: str = ""
    node: str = ""
    visible_at: float = 0.0
    taken: int = 0


class Queue:
    def __init__(self) -> None:
        self.messages: dict[str, Queued] = {}

    def put(self, message: Queued) -> None:
        self.messages[message.id] = message

    def take(self, wish: Wish, visibility: float) -> Queued | None:
        """The oldest visible one; it hides for `visibility` seconds."""
        now = time.monotonic()
        found = next((one for one in self.messages.values() if one.visible_at <= now and wish.takes(one)), None)
        if found is not None:
            found.visible_at, found.taken = now + visibility, found.taken + 1
            # Behind those that were never taken, so that one unread message does not starve the others.
            self.messages[found.id] = self.messages.pop(found.id)
        return found

    def remove(self, id: str) -> bool:
        """Only what was taken can be acknowledged."""
        message = self.messages.get(id)
        if message is None or not message.taken:
            return False
        del self.messages[id]
        return True

    def __iter__(self) -> Iterator[Queued]:
        return iter(self.messages.values())

    def __len__(self) -> int:
        return len(self.messages)
