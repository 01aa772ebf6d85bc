"""HTTP to one system: one kept-alive client, a total deadline per call, size limits, no retries.

An exchange ends as a Reply of any status, or as an AdapterError when there is none.
"""

import logging
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookiejar import CookieJar
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from adapters import outcome
from adapters.connect import Connect, Tls
from adapters.deadline import Clock
from adapters.errors import Unavailable
from adapters.pace import Pace
from adapters.transport import Transport

MAX_REDIRECTS = 3
_REPEATED = frozenset({307, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Both log URLs, which may carry a resident's words.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(slots=True)
class Outgoing:
    """One call. `url` is absolute; `effect`: it changes something there; `idempotent`: repeats change nothing more.

    `pieces`: a body that is streamed instead of `content`, made anew for each attempt; `length`: its bytes. `take`:
    reads a reply of 2xx as it streams (headers, pieces) and gives what becomes the body.
    """

    name: str
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    effect: bool = False
    idempotent: bool = False
    pieces: Callable[[], Iterator[bytes]] | None = None
    length: int = 0
    take: Callable[[Mapping[str, str], Iterator[bytes]], bytes] | None = None

    @property
    def safe(self) -> bool:
        return not self.effect or self.idempotent


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]  # names in any case
    body: bytes


class _NoCookies(CookieJar):
    """httpx would keep every cookie of every reply, and we send none of them: a login's are its scheme's own."""

    def extract_cookies(self, response: object, request: object) -> None:
        pass


class Wire:
    """`base` has no trailing slash. Thread-safe; as many exchanges at once as the limits allow."""

    def __init__(self, system: str, base: str, settings: Connect, tls_password: str | None = None) -> None:
        self.system, self.settings = system, settings
        self.base = check_base(base.rstrip("/"), settings.plain_http)
        self.clock = Clock()
        self.pace = Pace(settings.limits.rate)
        self.limit = settings.limits.max_bytes
        self.room = threading.BoundedSemaphore(settings.limits.concurrency)
        context = make_context(settings.tls, tls_password)
        transport = Transport(context, settings.limits.keep_alive, settings.timeouts.connect, self.clock)
        self.client = httpx.Client(
            transport=transport, trust_env=False, follow_redirects=False, cookies=_NoCookies()
        )  # fmt: skip

    def where(self, name: str) -> str:
        return f"{self.system}: {name}"

    def exchange(self, call: Outgoing) -> Reply:
        """Raises Unavailable (nothing left, or repeating is harmless) or Unknown.

        Waiting for a turn sends nothing and does not shorten the deadline of the exchange.
        """
        total = self.settings.timeouts.total
        self.pace.wait(self.where(call.name))
        if not self.room.acquire(timeout=total):
            raise Unavailable(f"{self.where(call.name)}: all our connections to it are busy")
        try:
            self.clock.start(total)
            return self._follow(call, self._once(call, call.url))
        finally:
            self.room.release()

    def _follow(self, call: Outgoing, reply: Reply) -> Reply:
        for _ in range(MAX_REDIRECTS):
            target = self._target(call, reply)
            if not target:
                return reply
            reply = self._once(call, target)
        return reply

    def _once(self, call: Outgoing, url: str) -> Reply:
        request = _make_request(call, url)
        try:
            response = self.client.send(request, stream=True)
            try:
                return Reply(response.status_code, response.headers, self._read(call, response))
            finally:
                response.close()
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise outcome.of_failure(self.where(call.name), error, self.clock.left, call.safe) from None

    def _read(self, call: Outgoing, response: httpx.Response) -> bytes:
        pieces = self._measure(call, response)
        if call.take is not None and response.is_success:
            return call.take(response.headers, pieces)
        parts = list(pieces)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _measure(self, call: Outgoing, response: httpx.Response) -> Iterator[bytes]:
        size = 0
        if "," in response.headers.get("content-encoding", ""):  # 4 KB of it may become gigabytes in one step
            raise outcome.of_unreadable(self.where(call.name), "packed more than once", call.safe)
        for part in response.iter_bytes():
            size += len(part)
            if size > self.limit:
                raise outcome.of_unreadable(self.where(call.name), f"longer than {self.limit} bytes", call.safe)
            yield part

    def _target(self, call: Outgoing, reply: Reply) -> str:
        """Where a redirect on the same host leads; empty: it is not followed."""
        place = reply.headers.get("location")
        if reply.status not in _REDIRECTS or not place or reply.status in self.settings.expired.statuses:
            return ""
        if call.effect and reply.status not in _REPEATED:
            return ""
        here = to_url(call.url)
        there = here.join(place)
        same = (there.scheme, there.host, there.port) == (here.scheme, here.host, here.port)
        return str(there) if same else ""

    def close(self) -> None:
        self.client.close()


def _make_request(call: Outgoing, url: str) -> httpx.Request:
    if call.pieces is None:
        return httpx.Request(call.method, to_url(url), headers=call.headers, content=call.content or None)
    headers = call.headers | {"Content-Length": str(call.length)}
    return httpx.Request(call.method, to_url(url), headers=headers, content=call.pieces())


@lru_cache(1024)
def to_url(url: str) -> httpx.URL:
    return httpx.URL(url)


def check_base(base: str, plain_http: bool) -> str:
    """The base itself. Raises ValueError: what is sent must be protected, unless it stays on this machine."""
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("base_url is not an http(s) address")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("base_url carries a login, a query or a fragment; use `auth:` and `query:`")
    if parts.scheme == "http" and not plain_http and not is_loopback(parts.hostname):
        raise ValueError("base_url is plain http; use https, or say `plain_http: true` if another layer protects it")
    return base


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def make_context(tls: Tls, password: str | None) -> ssl.SSLContext:
    """Always verifies. Raises OSError naming the file that is missing or unusable."""
    with _naming(f"`ca` {tls.ca}"):
        own = tls.ca is not None or tls.cert is not None
        context = ssl.create_default_context(cafile=tls.ca) if own else default_context()
    if tls.ca is not None:
        # Python 3.13 began to refuse authorities that leave out extensions, as many a site's own does.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if tls.cert is not None:
        with _naming(f"`cert` {tls.cert}, `key` {tls.key or tls.cert}, or the key's `password`"):
            context.load_cert_chain(tls.cert, tls.key, password or "")  # None would ask whoever sits at the terminal
    return context


@contextmanager
def _naming(files: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(f"{files}: {error.strerror or error}") from None


@lru_cache(1)
def default_context() -> ssl.SSLContext:
    """Loading the public authorities costs about 20 ms: once per process."""
    return ssl.create_default_context()
