"""All stands under one port, each below its own name."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from stand.city_app import CityApp
from stand.control import Control
from stand.hotline import Hotline
from stand.injector import Injector
from stand.ministry import Ministry
from stand.nadym import Nadym
from stand.outer import Outer
from stand.portal import Portal
from stand.pos.system import Pos
from stand.smev.ministry import SmevMinistry
from stand.smev.portal import SmevPortal
from stand.smev.pos import SmevPos
from stand.soap.inspection import Inspection
from stand.soap.reception import Reception
from stand.teplo import Teplo

KINDS: tuple[type[Outer], ...] = (
    Pos, CityApp, Hotline, Portal, Nadym, Ministry, Teplo, SmevMinistry, SmevPortal, SmevPos, Inspection, Reception,
)  # fmt: skip
NAMES = [kind.name for kind in KINDS]


def build_site(gateway: str, folder: Path | None) -> Starlette:
    stands = {kind.name: kind(gateway, folder) for kind in KINDS}
    return Starlette(routes=[*Control(stands).routes(), Route("/", greet), *map(mount, stands.values())],
                     lifespan=close_with(stands))  # fmt: skip


def mount(stand: Outer) -> BaseRoute:
    site = Starlette(routes=[*stand.routes(), Route("/", greet)])
    return Mount(f"/{stand.name}", app=Injector(site, lambda: stand.switches, stand.error, stand.book))


def close_with(stands: dict[str, Outer]) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def live(app: Starlette) -> AsyncIterator[None]:
        yield
        for stand in stands.values():
            stand.close()

    return live


async def greet(request: Request) -> Response:
    return JSONResponse({"ok": True})
