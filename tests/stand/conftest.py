"""Real stands, and a real though empty-headed gateway that only listens."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from stand.server import Stand, start


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


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.arrived.append(Arrived(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(heard.statuses.pop(0) if heard.statuses else heard.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield heard
    server.shutdown()
    server.server_close()


@pytest.fixture
def stand(listener: Listener, tmp_path: Path) -> Iterator[Stand]:
    with start(gateway=listener.url, folder=tmp_path / "state") as running:
        yield running


@pytest.fixture
def driver(stand: Stand) -> Iterator[Driver]:
    with Driver(base_url=stand.base, timeout=5) as client:
        client.control("all")
        for name in ("pos", "nadym", "ministry", "teplo"):
            client.control(name, delay=[0.02, 0.04])
        yield client


def wait_until(said: Callable[[], Any], seconds: float = 5) -> Any:
    """The first true word; fails with the last one."""
    until = time.monotonic() + seconds
    while not (word := said()):
        assert time.monotonic() < until, f"still {word!r}"
        time.sleep(0.01)
    return word
