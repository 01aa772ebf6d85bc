"""The ASGI application. `/in/{system}` and `/soap/{system}` are served before any router: it is the hot path."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

import structlog
from starlette.applications import Starlette
from starlette.requests import Request as WebRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from adapters.contract import Listens, Reception, Request
from adapters.errors import Unverified
from gateway import monitor
from gateway.web.intake import Intake
from gateway.web.refusing import SOAP, refuse
from workers.receive import record_reception
from workers.runtime import Runtime

log = structlog.get_logger()
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
#: No sender may make us hold more than this, whatever its mapping allows (bytes).
HARD_LIMIT = 64 << 20


class TooLarge(Exception):
    pass


class Web:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.intake = Intake(self._record)
        self.pages = Starlette(routes=[
            Route("/health/live", self.live), Route("/health/ready", self.ready),
            Route("/health", self.health), Route("/metrics", self.metrics),
        ])  # fmt: skip

    def _record(self, arrivals: list[Any]) -> None:
        if any(name is not None for name in record_reception(self.runtime, arrivals)):
            self.runtime.waker.wake("decide")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(("/in/", SOAP)):
            await self._take(scope, receive, send)
        else:
            await self.pages(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        system = scope["path"].split("/")[2]
        try:
            reception = self._read(system, scope, await _read_body(receive))
            if reception.documents:
                await self.intake.put(system, reception.documents)
            status, body, kind = reception.status, reception.body, reception.content_type
        except TooLarge:
            status, body, kind = refuse(scope, 413, "too large")
        except Unverified as error:
            log.warning("webhook.unverified", system=system, detail=str(error))
            status, body, kind = error.status, error.body or b"not verified\n", error.content_type or "text/plain"
        except LookupError as error:
            status, body, kind = refuse(scope, 404, str(error))
        except Exception as error:  # not recorded, so not acknowledged: the sender comes again
            log.exception("webhook.failed", system=system, error=type(error).__name__)
            status, body, kind = refuse(scope, 503, "try again")
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _read(self, system: str, scope: Scope, body: bytes) -> Reception:
        known = self.runtime.current_site().systems.get(unquote(system))
        if known is None or "listens" not in known.capabilities:
            raise LookupError(f"no system {system!r} listens here")
        adapter = cast(Listens, known.adapter)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        path = scope["path"]
        return adapter.read(Request(scope["method"], path, query, headers, body))

    async def live(self, _request: WebRequest) -> Response:
        return PlainTextResponse("ok\n")

    def ready(self, _request: WebRequest) -> Response:
        """Ready: the ledger answers, its schema is ours and a configuration is active."""
        try:
            self.runtime.site()
        except Exception as error:
            return PlainTextResponse(f"not ready: {type(error).__name__}\n", status_code=503)
        return PlainTextResponse("ready\n")

    def health(self, _request: WebRequest) -> Response:
        report = monitor.report(self.runtime)
        return JSONResponse(report, status_code=200 if report["ok"] else 503)

    def metrics(self, _request: WebRequest) -> Response:
        return Response(monitor.measure(self.runtime), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _read_body(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > HARD_LIMIT:
            raise TooLarge
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)
