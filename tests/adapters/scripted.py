"""Servers that misbehave on purpose: bytes as they are, and a small HTTP server that answers by a function."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

Talk = Callable[[socket.socket], None]


@contextmanager
def talking(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that runs `talk` with each connection; its base URL."""
    place = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                connection, _ = place.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def serve(connection: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError):
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            with connection:
                talk(connection)

    threading.Thread(target=run, daemon=True).start()
    scheme, port = "https" if context else "http", place.getsockname()[1]
    yield f"{scheme}://{'localhost' if context else '127.0.0.1'}:{port}"
    place.close()


def read_request(connection: socket.socket) -> bytes:
    """Head and body of one request; empty when the other side is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answering(*replies: bytes) -> Talk:
    """Says these, one for each request of a connection, then hangs up."""

    def talk(connection: socket.socket) -> None:
        for reply in replies:
            if not read_request(connection):
                return
            connection.sendall(reply)

    return talk


def reply(body: bytes = b"{}", status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    raw_path: str = ""


@dataclass
class Answered:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def serving(answer: Callable[[Asked], Answered], date: bool = True) -> Iterator[str]:
    """An HTTP server; its base URL. `date`: it tells its own clock."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            made = answer(Asked(self.command, url.path, dict(parse_qsl(url.query)), headers, body, self.path))
            self.send_response_only(made.status)
            if date and "Date" not in made.headers:
                self.send_header("Date", self.date_time_string())
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(made.body)))
            self.end_headers()
            self.wfile.write(made.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
