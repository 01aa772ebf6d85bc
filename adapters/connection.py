"""One kept-alive HTTP/1.1 connection: a socket, and httptools to read what comes."""

import select
import socket
import ssl
import time
from collections.abc import Callable

import httptools
import httpx

from adapters.deadline import Clock

_PIECE = 256 * 1024
_RECEIVE = 64 * 1024
Header = tuple[bytes, bytes]


class Incoming:
    """What the parser tells about one reply. Interim replies (1xx) are passed over."""

    def __init__(self, head_only: bool) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.head_only = head_only
        self.status = 0
        self.headers: list[Header] = []
        self.parts: list[bytes] = []
        self.begun = self.done = False
        self.framed = False  # the reply says where it ends
        self.keep = False  # the other side keeps the connection
        self.extra = False  # something followed that nobody asked for

    def on_message_begin(self) -> None:
        self.extra = self.done

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.extra:
            return
        self.headers.append((name, value))
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self.framed = True

    def on_headers_complete(self) -> None:
        if self.extra:
            return
        self.status = self.parser.get_status_code()
        if self.status < 200:
            self.headers.clear()
            self.framed = False
            return
        self.begun = True
        self.done = self.head_only

    def on_body(self, part: bytes) -> None:
        if not self.extra:
            self.parts.append(part)

    def on_message_complete(self) -> None:
        """The parser forgets about keeping alive right after this."""
        if self.begun and not self.done:
            self.done, self.keep = True, self.parser.should_keep_alive()

    def take(self) -> bytes:
        """What came of the body since the last time."""
        taken = self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)
        self.parts.clear()
        return taken


class Connection:
    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self.sock, self.clock = sock, clock
        self.idle_since = 0.0

    def send(self, data: bytes) -> None:
        """Raises httpx.WriteTimeout or httpx.WriteError."""
        try:
            for start in range(0, len(data), _PIECE):
                self.sock.settimeout(self._left(httpx.WriteTimeout))
                self.clock.left = True
                self.sock.sendall(data[start : start + _PIECE] if len(data) > _PIECE else data)
        except TimeoutError:
            raise httpx.WriteTimeout("no room in time") from None
        except OSError as error:
            raise httpx.WriteError(type(error).__name__) from None

    def receive(self, incoming: Incoming) -> None:
        """Reads once. Raises httpx's ReadTimeout, ReadError or RemoteProtocolError."""
        try:
            self.sock.settimeout(self._left(httpx.ReadTimeout))
            data = self.sock.recv(_RECEIVE)
        except TimeoutError:
            raise httpx.ReadTimeout("nothing in time") from None
        except OSError as error:
            raise httpx.ReadError(type(error).__name__) from None
        if not data:
            self._end(incoming)
            return
        try:
            incoming.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            raise httpx.RemoteProtocolError("not HTTP") from None

    def _end(self, incoming: Incoming) -> None:
        """Without a length, the end of the connection is the end of the reply; else it is half a reply."""
        if not incoming.begun or incoming.framed:
            raise httpx.RemoteProtocolError("closed before the end")
        incoming.done = True

    def _left(self, error: type[httpx.TimeoutException]) -> float:
        left = self.clock.remaining()
        if left <= 0:
            raise error("the deadline is over")
        return left

    def is_usable(self, keep_alive: float) -> bool:
        """Neither old, nor closed by the other side, nor with bytes nobody asked for."""
        if time.monotonic() - self.idle_since > keep_alive:
            return False
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        self.sock.close()


class Unreached(httpx.ConnectError):
    """No connection; says why in words of ours."""


#: Host and port → the address to connect to; raises httpx.ConnectError or what else forbids it.
Resolve = Callable[[str, int], str]


def connect(
    url: httpx.URL, context: ssl.SSLContext, seconds: float, clock: Clock, resolve: Resolve = lambda host, port: host
) -> Connection:
    """Raises httpx.ConnectTimeout or httpx.ConnectError. Names are resolved by the system, outside of any deadline."""
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        sock = socket.create_connection((resolve(url.host, port), port), max(0.001, min(seconds, clock.remaining())))
    except TimeoutError:
        raise httpx.ConnectTimeout("no connection in time") from None
    except OSError as error:
        raise Unreached(_to_words(error)) from None
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connection(_secure(sock, url.host, context) if url.scheme == "https" else sock, clock)


def _secure(sock: socket.socket, host: str, context: ssl.SSLContext) -> socket.socket:
    try:
        return context.wrap_socket(sock, server_hostname=host)
    except TimeoutError:
        sock.close()
        raise httpx.ConnectTimeout("no handshake in time") from None
    except OSError as error:
        sock.close()
        raise Unreached(_to_words(error)) from None


def _to_words(error: OSError) -> str:
    """Without any name or address of a resident: none is known yet."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}; `tls: ca:` names whom to trust"
    if isinstance(error, socket.gaierror):
        return "its name is not known here"
    return "nobody listens there" if isinstance(error, ConnectionRefusedError) else type(error).__name__
