"""httpx's transport of one system: few connections, kept alive, every operation within the thread's deadline.

Written for the hot path: httpx's own transport costs twice as much processor time per call, and knows neither a total
deadline nor whether a request left.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from typing import cast

import httpx

from adapters.connection import Connection, Incoming, Resolve, connect
from adapters.deadline import Clock

Origin = tuple[str, str, int | None]


class Transport(httpx.BaseTransport):
    """`connect_seconds`, `keep_alive`: seconds."""

    def __init__(
        self, context: ssl.SSLContext, keep_alive: float, connect_seconds: float, clock: Clock,
        resolve: Resolve = lambda host, port: host,
    ) -> None:  # fmt: skip
        self.context, self.keep_alive, self.connect_seconds, self.clock = context, keep_alive, connect_seconds, clock
        self.resolve = resolve
        self.idle: dict[Origin, list[Connection]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        data = write_request(request)
        url = request.url
        origin: Origin = (url.scheme, url.host, url.port)
        connection = None
        try:
            connection = self._take(origin) or connect(
                url, self.context, self.connect_seconds, self.clock, self.resolve
            )
            incoming = _exchange(connection, _follow(data, request), request.method == "HEAD")
        except BaseException:
            if connection:
                connection.close()
            raise
        stream = _Body(self, origin, connection, incoming)
        return httpx.Response(incoming.status, headers=incoming.headers, stream=stream)

    def _take(self, origin: Origin) -> Connection | None:
        waiting = self.idle.get(origin)
        while waiting:
            try:
                connection = waiting.pop()  # the youngest; another thread may have been quicker
            except IndexError:
                return None
            if connection.is_usable(self.keep_alive):
                return connection
            connection.close()
        return None

    def release(self, origin: Origin, connection: Connection, incoming: Incoming) -> None:
        """After the reply: kept if it ended well and both sides want it."""
        if incoming.done and incoming.keep and not incoming.extra:
            connection.idle_since = time.monotonic()
            self.idle.setdefault(origin, []).append(connection)
        else:
            connection.close()

    def close(self) -> None:
        for connections in self.idle.values():
            while connections:
                connections.pop().close()


def _follow(head: bytes, request: httpx.Request) -> Iterator[bytes]:
    """The request's beginning, and after it the body that is streamed."""
    yield head
    if not isinstance(request.stream, httpx.ByteStream):
        yield from cast(Iterable[bytes], request.stream)


def _exchange(connection: Connection, data: Iterator[bytes], head_only: bool) -> Incoming:
    """Until the reply's head is there. A server may refuse and hang up before it has read all: it still spoke."""
    incoming, failure = Incoming(head_only), None
    try:
        for piece in data:
            connection.send(piece)
    except httpx.WriteError as error:
        failure = error
    try:
        while not incoming.begun:
            connection.receive(incoming)
    except httpx.TransportError:
        if failure:
            raise failure from None
        raise
    return incoming


class _Body(httpx.SyncByteStream):
    """The rest of a reply, read as it is asked for."""

    def __init__(self, transport: Transport, origin: Origin, connection: Connection, incoming: Incoming) -> None:
        self.transport, self.origin, self.connection, self.incoming = transport, origin, connection, incoming
        self.open = True

    def __iter__(self) -> Iterator[bytes]:
        incoming = self.incoming
        while True:
            if incoming.parts:
                yield incoming.take()
            if incoming.done:
                return
            self.connection.receive(incoming)

    def close(self) -> None:
        if self.open:
            self.open = False
            self.transport.release(self.origin, self.connection, self.incoming)


def write_request(request: httpx.Request) -> bytes:
    """Head and body in one piece, so that it leaves in one packet where it fits; without a body that is streamed."""
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%b: %b" % pair for pair in request.headers.raw]
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or b"\0" in head or head.count(b"\r") != len(lines) - 1:
        raise httpx.LocalProtocolError("a header with a line end in it")
    whole = isinstance(request.stream, httpx.ByteStream)
    return head + b"\r\n\r\n" + (request.content if whole else b"")
