"""A total deadline for one exchange, and the knowledge whether any byte of it left.

httpx has timeouts per read only: a server that sends a byte a second holds a worker for ever. Every socket operation
here takes what is left of the thread's deadline. Names are resolved by the system, outside of any deadline.
"""

import ssl
import threading
import time
from collections.abc import Iterable
from math import inf
from typing import Any

import httpcore
import httpx
from httpcore._backends.sync import SyncBackend

_PIECE = 256 * 1024


class Clock(threading.local):
    """Per thread: when the exchange must be over (monotonic seconds), and whether its request left."""

    until: float = inf
    left: bool = False

    def start(self, seconds: float) -> None:
        self.until, self.left = time.monotonic() + seconds, False

    def remaining(self) -> float:
        return self.until - time.monotonic()


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, clock: Clock) -> None:
        self.inner, self.clock = inner, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self.clock.remaining()
        if left <= 0:
            raise httpcore.ReadTimeout
        return self.inner.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            left = self.clock.remaining()
            if left <= 0:
                raise httpcore.WriteTimeout
            self.clock.left = True
            self.inner.write(buffer[start : start + _PIECE], left)

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = max(0.001, min(timeout or inf, self.clock.remaining()))
        return _Stream(self.inner.start_tls(ssl_context, server_hostname, left), self.clock)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, clock: Clock) -> None:
        self.inner, self.clock = SyncBackend(), clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = min(timeout or inf, self.clock.remaining())
        if left <= 0:
            raise httpcore.ConnectTimeout
        return _Stream(self.inner.connect_tcp(host, port, left, local_address, socket_options), self.clock)


class Transport(httpx.HTTPTransport):
    """httpx's own transport over a pool whose sockets obey the clock."""

    def __init__(self, context: ssl.SSLContext, concurrency: int, keep_alive: float, clock: Clock) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=concurrency,
            max_keepalive_connections=concurrency,
            keepalive_expiry=keep_alive,
            network_backend=_Backend(clock),
        )
