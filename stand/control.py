"""How tests and the demo drive the stands: switches, the feed, the books."""

from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stand.feed import Appeal
from stand.outer import Outer
from stand.payload import read_json

CHANNELS = ("pos", "city_app", "hotline", "portal", "smev_portal", "reception")


class Control:
    def __init__(self, stands: dict[str, Outer]) -> None:
        self.stands = stands

    def routes(self) -> list[Route]:
        return [
            Route("/_control/channel/send", self.send, methods=["POST"]),
            Route("/_control/{name}", self.switch, methods=["POST"]),
            Route("/_control/{name}", self.read_switches),
            Route("/_book", self.read_covers),
            Route("/_book/{name}", self.read_book),
        ]

    async def send(self, request: Request) -> Response:
        """{"appeals": [{id, channel, text, …}], "concurrency": 8}: all of them or, with a mistake in one, none."""
        tree = await read_json(request)
        try:
            appeals = [Appeal.model_validate(line) for line in tree.get("appeals", [])]
        except ValidationError as error:
            return refuse(error)
        strange = {appeal.channel for appeal in appeals} - set(CHANNELS)
        if strange:
            return JSONResponse({"error": f"no channels: {sorted(strange)}; there are {CHANNELS}"}, 400)
        for appeal in appeals:
            self.stands[appeal.channel].take(appeal, int(tree.get("concurrency", 8)))
        return JSONResponse({"sending": len(appeals)}, 202)

    async def switch(self, request: Request) -> Response:
        """Changes the switches named; `{"clear": true}` puts all back first. The name `all` means every stand."""
        wishes = await read_json(request)
        clear = wishes.pop("clear", False)
        chosen = self._chosen(request)
        if not chosen:
            return JSONResponse({"error": f"no such stand; there are {list(self.stands)}"}, 404)
        try:
            for stand in chosen.values():
                if clear:
                    stand.clear()
                stand.switch(wishes)
        except ValidationError as error:
            return refuse(error)
        return show_switches(chosen)

    async def read_switches(self, request: Request) -> Response:
        return show_switches(self._chosen(request))

    async def read_covers(self, request: Request) -> Response:
        """Per stand its totals."""
        return JSONResponse({name: stand.count() for name, stand in self.stands.items()})

    async def read_book(self, request: Request) -> Response:
        """{counts, effects (with ?effects=1), …pages}; see stand-api."""
        chosen = self._chosen(request)
        if len(chosen) != 1:
            return JSONResponse({"error": "no such stand"}, 404)
        (stand,) = chosen.values()
        effects = {"effects": stand.book.effects} if request.query_params.get("effects") else {}
        return JSONResponse({"system": stand.name, "counts": stand.count(), **stand.pages(), **effects})

    def _chosen(self, request: Request) -> dict[str, Outer]:
        name = request.path_params["name"]
        return self.stands if name == "all" else {name: self.stands[name]} if name in self.stands else {}


def show_switches(stands: dict[str, Outer]) -> Response:
    shown: dict[str, Any] = {name: stand.switches.model_dump() for name, stand in stands.items()}
    return JSONResponse(shown)


def refuse(error: ValidationError) -> Response:
    faults = [{"at": ".".join(map(str, each["loc"])), "what": each["msg"]} for each in error.errors()]
    return JSONResponse({"error": faults}, 400)
