"""A small HTTP/1.1 client on one event loop: the stands must leave the machine to the gateway."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

import httptools


class Exchange(asyncio.Protocol):
    """One kept-alive connection; one request at a time."""

    def __init__(self) -> None:
        self.done: asyncio.Future[int] | None = None
        self.parser = httptools.HttpResponseParser(self)
        self.open = False
        self.transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.open = transport, True  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.connection_lost(ConnectionError(str(error)))
            self.transport.close()

    def on_message_complete(self) -> None:
        status, keep = self.parser.get_status_code(), self.parser.should_keep_alive()
        self.parser = httptools.HttpResponseParser(self)
        if not keep:
            self.open = False
            self.transport.close()
        if self.done and not self.done.done():
            self.done.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self.done and not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed"))

    async def ask(self, data: bytes) -> int:
        self.done = asyncio.get_running_loop().create_future()
        self.transport.write(data)
        return await self.done


class Client:
    """Posts to one base URL and returns the status; raises OSError or TimeoutError."""

    def __init__(self, base: str, timeout: float = 10.0) -> None:
        url = urlsplit(base)
        self.host, self.port, self.prefix = url.hostname or "127.0.0.1", url.port or 80, url.path.rstrip("/")
        self.timeout = timeout
        self.idle: list[Exchange] = []

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        head = {"Host": f"{self.host}:{self.port}", "Content-Length": str(len(body)), **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        data = f"POST {self.prefix}{path} HTTP/1.1\r\n{lines}\r\n".encode() + body
        return await asyncio.wait_for(self._exchange(data), self.timeout)

    async def _exchange(self, data: bytes) -> int:
        connection = await self._take()
        try:
            status = await connection.ask(data)
        except BaseException:
            connection.transport.abort()
            raise
        if connection.open:
            self.idle.append(connection)
        return status

    async def _take(self) -> Exchange:
        while self.idle:
            connection = self.idle.pop()
            if connection.open and not connection.transport.is_closing():
                return connection
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Exchange, self.host, self.port))[1]

    def close(self) -> None:
        for connection in self.idle:
            connection.transport.close()
