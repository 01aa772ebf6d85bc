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
from adapters.errors import AdapterError, Unverified
from gateway import monitor
from gateway.readiness import find_obstacle
from gateway.web.body import Busy, Gone, Held, Receive, Room, Slow, TooLarge
from gateway.web.intake import Intake
from gateway.web.refusing import SOAP, refuse
from workers.receive import record_reception
from workers.runtime import Runtime

log = structlog.get_logger()
Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
METHODS = ("POST", "PUT", "PATCH")
#: Seconds after which whoever found no room may come again.
COME_AGAIN_S = 2


class NoCall(Exception):
    """Not a way in which anybody calls us."""


class Nobody(Exception):
    """No system of that name listens here."""


class Web:
    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.intake = Intake(self._record)
        self.room = Room()
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
        held, more = Held(self.room), dict[str, str]()
        try:
            reception = await self._receive(scope, receive, held)
            status, body, kind = reception.status, reception.body, reception.content_type
        except Gone:
            return
        except Exception as error:
            (status, body, kind), more = _excuse(scope, error)
        finally:
            held.release()
        more |= {"content-type": kind, "content-length": str(len(body))}
        headers = [(name.encode(), value.encode()) for name, value in more.items()]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _receive(self, scope: Scope, receive: Receive, held: Held) -> Reception:
        """What its documents are acknowledged with: they are committed by then."""
        adapter = self._find(scope)
        reception = adapter.read(_to_request(scope, await held.read(receive)))
        if reception.documents:
            await self.intake.put(_name(scope), reception.documents)
        return reception

    def _find(self, scope: Scope) -> Listens:
        """Before anything of the body is read. Raises Nobody or NoCall."""
        known = self.runtime.current_site().systems.get(unquote(_name(scope)))
        if known is None or "listens" not in known.capabilities:
            raise Nobody
        if scope["method"] not in METHODS and not scope["path"].startswith(SOAP):  # a WSDL is asked for by GET
            raise NoCall
        return cast(Listens, known.adapter)

    async def live(self, _request: WebRequest) -> Response:
        return PlainTextResponse("ok\n")

    def ready(self, _request: WebRequest) -> Response:
        obstacle = find_obstacle(self.runtime)
        return PlainTextResponse(f"not ready: {obstacle}\n" if obstacle else "ready\n", 503 if obstacle else 200)

    def health(self, _request: WebRequest) -> Response:
        report = monitor.report(self.runtime)
        return JSONResponse(report, status_code=200 if report["ok"] else 503)

    def metrics(self, _request: WebRequest) -> Response:
        return Response(monitor.measure(self.runtime), media_type="text/plain; version=0.0.4; charset=utf-8")


def _name(scope: Scope) -> str:
    return str(scope["path"].split("/")[2])


def _to_request(scope: Scope, body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return Request(scope["method"], scope["path"], query, headers, body)


def _excuse(scope: Scope, error: Exception) -> tuple[tuple[int, bytes, str], dict[str, str]]:
    """((status, body, content type), more headers) for a call that was not recorded."""
    match error:
        case Unverified():
            log.warning("webhook.unverified", system=_name(scope), detail=str(error))
            body, kind = error.body or b"not verified\n", error.content_type or "text/plain"
            return (error.status, body, kind), {}
        case NoCall():
            return refuse(scope, 405, "call by POST"), {"allow": "POST"}
        case TooLarge():
            return refuse(scope, 413, "too large"), {}
        case Busy():
            words = "too many long calls at once: try again"
            return refuse(scope, 503, words), {"retry-after": str(COME_AGAIN_S)}
        case Slow():
            return refuse(scope, 408, "the body did not come in time"), {}
        case Nobody():
            return refuse(scope, 404, f"no system {_name(scope)!r} listens here"), {}
    # not acknowledged, so the sender comes again; what adapters say names nobody
    told = {"detail": str(error)} if isinstance(error, AdapterError) else {}
    log.error("webhook.failed", system=_name(scope), exc_info=(type(error), error, error.__traceback__), **told)
    return refuse(scope, 503, "try again"), {}
