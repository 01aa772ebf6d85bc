"""Files at links: they end some time, and can be spoilt by switch."""

import asyncio
from collections.abc import AsyncIterator, Callable

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from stand.book import Book
from stand.faults import Fault
from stand.injector import reset_connection


class LinkSwitches(BaseModel):
    """Faults of files at links."""

    model_config = ConfigDict(extra="forbid", validate_default=True)
    seconds: float = 0.0  # a link ends so long after its appeal was sent; 0: never
    gone: Fault = Fault()  # 404
    cut: Fault = Fault()  # the connection is reset in the middle
    slow: Fault = Fault()  # a kilobyte at a time, with pauses
    pause: float = 0.2  # seconds between them
    page: Fault = Fault()  # an HTML page instead of the file, with 200
    huge: Fault = Fault()  # no length is told, and it never ends
    redirect: str = ""  # where every link leads instead


class Links:
    def __init__(self, book: Book, switches: Callable[[], LinkSwitches]) -> None:
        self.book, self.switches = book, switches

    def give(self, request: Request, content: bytes, age: float) -> Response:
        """`age`: seconds since the link was told."""
        faults, call = self.switches(), f"GET {request.url.path}"
        self.book.tally["links asked"] += 1
        if faults.seconds and age > faults.seconds:
            return Response("link expired", 403)
        if faults.gone.strikes(call):
            return Response("gone", 404)
        if faults.page.strikes(call):
            return Response("<!doctype html><title>Вход</title>", media_type="text/html")
        if faults.redirect:
            return RedirectResponse(faults.redirect)
        head = {"Content-Length": str(len(content))}
        if faults.cut.strikes(call):
            return StreamingResponse(_cut(request, content), headers=head)
        if faults.slow.strikes(call):
            return StreamingResponse(_drip(content, faults.pause), headers=head)
        return StreamingResponse(_swell(content)) if faults.huge.strikes(call) else Response(content)


async def _cut(request: Request, content: bytes) -> AsyncIterator[bytes]:
    yield content[: len(content) // 2]
    await asyncio.sleep(0.05)
    await reset_connection(request.scope, request.receive)


async def _drip(content: bytes, pause: float) -> AsyncIterator[bytes]:
    for at in range(0, len(content), 1024):
        yield content[at : at + 1024]
        await asyncio.sleep(pause)


async def _swell(content: bytes) -> AsyncIterator[bytes]:
    while True:
        yield content * 16
        await asyncio.sleep(0)
