"""What the stands' tests drive them with."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class Arrived:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """`statuses` are answered first, one each; then `status`."""

    url: str = ""
    status: int = 200
    statuses: list[int] = field(default_factory=list)
    arrived: list[Arrived] = field(default_factory=list)


class Driver(httpx.Client):
    """Talks to the running stands."""

    def control(self, name: str, **wishes: Any) -> httpx.Response:
        return self.post(f"/_control/{name}", json=wishes)

    def feed(self, *appeals: dict[str, Any], **more: Any) -> httpx.Response:
        return self.post("/_control/channel/send", json={"appeals": appeals, **more})

    def book(self, name: str) -> Any:
        return self.get(f"/_book/{name}").json()


def wait_until(said: Callable[[], Any], seconds: float = 5) -> Any:
    """The first true word; fails with the last one."""
    until = time.monotonic() + seconds
    while not (word := said()):
        assert time.monotonic() < until, f"still {word!r}"
        time.sleep(0.01)
    return word
