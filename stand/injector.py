"""Applies the switched faults of one stand around its routes."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stand.book import Book
from stand.faults import Switches

Swallowed = list[Message]


def keep_transport(app: ASGIApp) -> ASGIApp:
    """Outermost: remembers the server's own connection, which later layers hide."""

    async def remember(scope: Scope, receive: Receive, send: Send) -> None:
        cycle = getattr(send, "__self__", None)
        await app({**scope, "transport": getattr(cycle, "transport", None)}, receive, send)

    return remember


async def reset_connection(scope: Scope, receive: Receive) -> None:
    """A real RST: the connection is closed with linger 0. Returns once it is gone."""
    transport = scope["transport"]
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def swallow(app: ASGIApp, scope: Scope, receive: Receive) -> Swallowed:
    kept: Swallowed = []

    async def keep(message: Message) -> None:
        kept.append(message)

    await app(scope, receive, keep)
    return kept


class Injector:
    def __init__(
        self, app: ASGIApp, switches: Callable[[], Switches], error: Callable[[], Response], book: Book
    ) -> None:
        self.app, self.switches, self.error, self.book = app, switches, error, book

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call, faults = name_call(scope), self.switches()
        if faults.outage:
            return await self._reset("outage", scope, receive)
        if faults.latency.strikes(call):
            await asyncio.sleep(faults.latency.ms / 1000)
        if faults.reset.strikes(call):
            return await self._reset("reset", scope, receive)
        if reply := self._refusal(faults, call):
            return await reply(scope, receive, send)
        await self._run(faults, call)(scope, receive, send)
        return None

    def _refusal(self, faults: Switches, call: str) -> Response | None:
        """A reply instead of the effect."""
        if faults.too_many.strikes(call):
            self.book.tally["fault: too_many"] += 1
            return Response(status_code=429, headers={"Retry-After": f"{faults.too_many.retry_after:g}"})
        if faults.fail.strikes(call):
            self.book.tally["fault: fail"] += 1
            wait = faults.fail.retry_after
            return Response("fault", faults.fail.status, {"Retry-After": f"{wait:g}"} if wait else None)
        if faults.error_body.strikes(call):
            self.book.tally["fault: error_body"] += 1
            return self.error()
        return None

    def _run(self, faults: Switches, call: str) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        """The effect, then its reply or what is left of it."""
        if faults.commit_then_reset.strikes(call):
            return self._lose_reply(0, "commit_then_reset")
        if faults.commit_then_timeout.strikes(call):
            return self._lose_reply(faults.commit_then_timeout.seconds, "commit_then_timeout")
        return self._cut if faults.malformed.strikes(call) else self.app

    def _lose_reply(self, seconds: float, name: str) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        async def run(scope: Scope, receive: Receive, send: Send) -> None:
            await swallow(self.app, scope, receive)
            await asyncio.sleep(seconds)
            await self._reset(name, scope, receive)

        return run

    async def _cut(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.book.tally["fault: malformed"] += 1
        start, *rest = await swallow(self.app, scope, receive)
        body = b"".join(part.get("body", b"") for part in rest)
        headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2] + b"\xff{<"})

    async def _reset(self, name: str, scope: Scope, receive: Receive) -> None:
        self.book.tally[f"fault: {name}"] += 1
        await reset_connection(scope, receive)


def name_call(scope: Scope) -> str:
    """«METHOD /path», and behind it the SOAP action, which is all that tells one SOAP call from another."""
    said = {
        name: value.decode("latin-1") for name, value in scope["headers"] if name in (b"soapaction", b"content-type")
    }
    action = said.get(b"soapaction") or said.get(b"content-type", "").partition("action=")[2]
    return f"{scope['method']} {scope['path']} {action}".rstrip()
