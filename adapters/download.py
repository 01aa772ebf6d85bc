"""Fetches files: streamed into the store, never whole in memory, stopped as soon as they are not wanted."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from adapters import outcome
from adapters.admission import admit, resolve_public
from adapters.contract import Stored, Tools
from adapters.errors import AdapterError, Refused, Unavailable
from adapters.http import MAX_REDIRECTS, Outgoing, Reply, default_context
from adapters.line import Line
from adapters.transport import Transport
from canonical.media import HEAD, find_media_type
from canonical.plan import Plan

#: Most bytes of a reply that is looked into when it is not a file of any known type: errors hide there.
ERROR_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEAD = frozenset({"403", "404", "410"})
Judge = Callable[[str, Reply], AdapterError | None]


class Downloader:
    """`judge`: (call's name, a short reply that is no file) → the error that it tells."""

    def __init__(self, line: Line, tools: Tools, judge: Judge) -> None:
        self.line, self.tools, self.judge, self.rules = line, tools, judge, line.settings.files
        wire = line.wire
        # Room of its own: files never keep deliveries waiting.
        self.room = threading.BoundedSemaphore(max(1, wire.settings.limits.concurrency // 2))
        # A client of its own: it never carries a login and never connects into a private network.
        connect, alive = wire.settings.timeouts.connect, wire.settings.limits.keep_alive
        self.foreign = httpx.Client(
            transport=Transport(default_context(), alive, connect, wire.clock, resolve_public),
            trust_env=False, follow_redirects=False,
        )  # fmt: skip

    def fetch(self, plan: Plan, build: Callable[[Plan], Outgoing]) -> Stored:
        """`build`: the call without a link. Raises Unavailable or Refused; a repeat does no harm."""
        call = plan.calls[0]
        link = call.link
        url, own = admit(self.line.wire.base, link, self.rules.hosts) if link is not None else (build(plan).url, True)
        used = ""
        for again in (False, True):
            headers = dict(build(plan).headers) if own else {}
            outgoing = Outgoing(call.name, "GET", url, headers | {"Accept-Encoding": "identity"})
            if own:
                outgoing.headers = self.line.headers | outgoing.headers
                used = self.line.scheme.sign(outgoing)
            with self._exchange(outgoing, own) as response:
                if own and not again and self._ended(response) and self.line.scheme.renew(used):
                    continue
                return self._take(call.name, response, own)
        raise Unavailable(f"{self._where(call.name)}: our login is not accepted")

    def _ended(self, response: "_Response") -> bool:
        """Whether this is the system's way of saying that our login ended."""
        looked = self.line.settings.expired.path and find_media_type(response.head) is None
        short = response.read_short() if looked else b""
        return self.line.expired(Reply(response.status, response.headers, short or b""))

    @contextmanager
    def _exchange(self, call: Outgoing, own: bool) -> Iterator["_Response"]:
        wire, client = self.line.wire, self.line.wire.client if own else self.foreign
        wire.pace.wait(wire.where(call.name))
        self.room.acquire()
        wire.clock.start(self.rules.total)
        response = None
        try:
            response = self._follow(client, call, own)
            yield _Response(response)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            raise outcome.of_failure(wire.where(call.name), error, True, True) from None
        finally:
            if response is not None:
                response.close()
            self.room.release()

    def _follow(self, client: httpx.Client, call: Outgoing, own: bool) -> httpx.Response:
        """A redirect may lead where the link itself might, and never takes a login elsewhere."""
        url = call.url
        for _ in range(MAX_REDIRECTS + 1):
            response = client.send(httpx.Request("GET", url, headers=call.headers), stream=True)
            place = response.headers.get("location")
            if response.status_code not in _REDIRECTS or not place:
                return response
            response.close()
            target, same = admit(self.line.wire.base, str(response.request.url.join(place)), self.rules.hosts)
            if same is not own:
                raise Refused(f"{self._where(call.name)}: redirected to another host", "not_allowed")
            url = target
        raise Refused(f"{self._where(call.name)}: redirected without end", "link_dead")

    def _where(self, name: str) -> str:
        return self.line.wire.where(name)

    def _take(self, name: str, response: "_Response", own: bool) -> Stored:
        where, rules = self._where(name), self.rules
        self._judge_status(where, response, own)
        if response.length > rules.max_bytes:
            raise Refused(f"{where}: {response.length} bytes, more than {rules.max_bytes}", "too_large")
        kind = find_media_type(response.head)
        if kind is None or kind not in rules.types:
            self._judge_content(name, response)
            raise Refused(
                f"{where}: {kind or 'an unknown kind of content'} is not among `connect.files.types`", "wrong_type"
            )
        digest, size = self.tools.write_file(self._measure(where, response))
        return Stored(digest, size, kind)

    def _judge_status(self, where: str, response: "_Response", own: bool) -> None:
        error = outcome.of_status(where, response.status, response.headers, True, self.line.settings.statuses)
        if isinstance(error, Refused) and error.code in _DEAD:
            raise Refused(str(error), "link_dead")
        if error is not None and not own and response.status == 401:
            raise Refused(str(error), "link_dead")  # a signed link that ended; we have no login to renew there
        if error is not None:
            raise error
        if not response.head:
            raise Refused(f"{where}: an empty file", "empty")

    def _judge_content(self, name: str, response: "_Response") -> None:
        """Some systems hide their errors in a 200."""
        short = response.read_short()
        error = self.judge(name, Reply(response.status, response.headers, short)) if short else None
        if error is not None:
            raise error

    def _measure(self, where: str, response: "_Response") -> Iterator[bytes]:
        size = 0
        for piece in response.pieces():
            size += len(piece)
            if size > self.rules.max_bytes:
                raise Refused(f"{where}: more than {self.rules.max_bytes} bytes", "too_large")
            yield piece

    def close(self) -> None:
        self.foreign.close()


class _Response:
    """A reply of which the beginning was read."""

    def __init__(self, response: httpx.Response) -> None:
        self.status, self.headers = response.status_code, response.headers
        declared = response.headers.get("content-length", "")
        self.length = int(declared) if declared.isdecimal() else 0
        self._rest = response.iter_bytes()
        self.head, self._ended = b"", False
        while len(self.head) < HEAD and not self._ended:
            self._more()

    def _more(self) -> None:
        piece = next(self._rest, None)
        self.head += piece or b""
        self._ended = piece is None

    def read_short(self) -> bytes | None:
        """The whole of it, if it is short enough to be an error's text."""
        while not self._ended and len(self.head) <= ERROR_BYTES:
            self._more()
        return self.head if self._ended else None

    def pieces(self) -> Iterator[bytes]:
        yield self.head
        yield from self._rest
