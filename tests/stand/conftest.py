"""Real stands, and a real though empty-headed gateway that only listens."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stand.server import Stand, start
from tests.stand.driver import Arrived, Driver, Listener


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
