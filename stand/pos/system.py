"""The ПОС as one stand: login, dictionaries and files, and its two modes beside each other."""

import base64
import hmac
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stand.deposits import Deposits
from stand.feed import Appeal
from stand.life import LifeSwitches
from stand.outer import Outer
from stand.payload import read_file, read_form
from stand.pos import dictionaries
from stand.pos.external import External
from stand.pos.region import Region
from stand.sessions import Sessions


class PosSwitches(LifeSwitches):
    token_seconds: float = 3600
    token_status: int = 401  # what a bad or expired token is answered with; real clients expect 403 as well
    echo_filings: bool = False  # what was filed through the external mode is in the region list, too
    echo_updates: bool = False  # the region's own answers make a message «updated» again
    reopens: float = 0.0  # share of messages whose residents are not content with the first answer


class Pos(Outer):
    name = "pos"
    switch_kind = PosSwitches
    switches: PosSwitches

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.tokens = Sessions("POS_CLIENT_ID", "POS_PASSWORD", lambda: self.switches.token_seconds)
        self.files: dict[str, tuple[str, bytes]] = {}
        self.deposits = Deposits(self.book)
        self.region = Region(self)
        self.external = External(self)

    def routes(self) -> list[Route]:
        return [
            Route("/user-service/oauth/token", self.give_token, methods=["POST"]),
            Route("/inbox-service/regions/all", self.list_regions),
            Route("/inbox-service/subjects/region/{region:int}/all", self.list_subjects),
            Route("/inbox-service/subjects/region/{region:int}", self.page_subjects),
            Route("/inbox-service/subsubjects/subject/{subject:int}/region/{region:int}", self.list_subsubjects),
            Route("/inbox-service/subsubjects/search", self.search_subsubjects),
            Route("/inbox-service/filestorage", self.keep_file, methods=["POST"]),
            Route("/inbox-service/filestorage/{id}", self.give_file),
            *self.external.routes(),
            *self.region.routes(),
        ]

    def take(self, appeal: Appeal, concurrency: int) -> None:
        self.region.take(appeal)

    # login

    async def give_token(self, request: Request) -> Response:
        pairs = await read_form(request)
        user, password = pairs.get("username", ""), pairs.get("password", "")
        basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        proven = hmac.compare_digest(request.headers.get("authorization", "").encode(), basic.encode())
        token = self.tokens.open(user, password) if proven and pairs.get("grant_type") == "password" else None
        if not token:
            return JSONResponse({"error": "invalid_grant"}, 401)
        self.book.tally["logins"] += 1
        return JSONResponse(
            {
                "access_token": token,
                "token_type": "bearer",
                "expires_in": int(self.switches.token_seconds),
                "scope": "any",
                "system": True,
                "userId": 1,
                "jti": token[:8],
            }
        )

    def check(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not self.tokens.fresh(token):
            raise HTTPException(self.switches.token_status, "invalid_token")

    # dictionaries

    async def list_regions(self, request: Request) -> Response:
        self.check(request)
        return JSONResponse(dictionaries.REGIONS)

    async def list_subjects(self, request: Request) -> Response:
        self.check(request)
        return JSONResponse(dictionaries.list_subjects())

    async def page_subjects(self, request: Request) -> Response:
        self.check(request)
        return JSONResponse({"content": dictionaries.list_subjects()})

    async def list_subsubjects(self, request: Request) -> Response:
        self.check(request)
        return JSONResponse(dictionaries.list_subsubjects(request.path_params["subject"]))

    async def search_subsubjects(self, request: Request) -> Response:
        self.check(request)
        return JSONResponse({"content": dictionaries.list_subsubjects()})

    # files

    def add_file(self, name: str, content: bytes) -> str:
        id = f"f{len(self.files) + 1}"
        self.files[id] = name, content
        return id

    async def keep_file(self, request: Request) -> Response:
        self.check(request)
        name, content = await read_file(request, "file")
        id = self.add_file(name, content)
        self.book.note("upload", id=id, name=name, size=len(content))
        return JSONResponse({"id": id})

    async def give_file(self, request: Request) -> Response:
        """Assumed: no public contract shows how a file is fetched."""
        self.check(request)
        if request.path_params["id"] not in self.files:
            raise HTTPException(404)
        return Response(self.files[request.path_params["id"]][1], media_type="application/octet-stream")

    def count(self) -> dict[str, int]:
        """Both modes; `duplicates` is their sum."""
        region, filed = self.region.count(), self.external.filings.count()
        both = region["duplicates"] + filed["duplicates"]
        external = {f"external {name}": number for name, number in filed.items()}
        return region | external | {"duplicates": both} | self.deposits.count() | super().count()

    def pages(self) -> dict[str, Any]:
        return self.region.pages() | {"filings": self.external.filings.pages()} | self.deposits.pages()

    def close(self) -> None:
        self.external.filings.close()
        super().close()
