"""A heating company: forms in, signed webhooks out, and an answer that may overtake its own receipt."""

import asyncio
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stand.accounts import account
from stand.filings import Filing, Filings
from stand.life import LifeSwitches, Stage, final_stage, lot
from stand.outer import Outer
from stand.payload import read_form
from stand.sender import Sender, Sending, Webhook
from stand.sessions import Sessions

EARLY_WAIT = 2.0  # seconds the 201 waits, at most, for the answer that overtakes it


class TeploSwitches(LifeSwitches):
    token_seconds: float = 60
    early: float = 0.1  # share of filings answered before their own 201
    sending: Sending = Sending()
    wrong_proof: bool = False
    clock_skew: float = 0


class Teplo(Outer):
    name = "teplo"
    switch_kind = TeploSwitches
    switches: TeploSwitches

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.tokens = Sessions("TEPLO_CLIENT_ID", "TEPLO_CLIENT_SECRET", lambda: self.switches.token_seconds)
        self.sender: Sender | None = None
        self.last: asyncio.Task[None] | None = None
        self.filings = Filings(self.book, lambda: self.switches, str, self._push)

    def routes(self) -> list[Route]:
        return [
            Route("/oauth/token", self.give_token, methods=["POST"]),
            Route("/zayavka", self.create, methods=["POST"]),
            Route("/zayavka", self.find),
            Route("/zayavka/{number}/dopolnenie", self.add, methods=["POST"]),
            Route("/zayavka/{number}/dopolnenie", self.find_addition),
        ]

    async def give_token(self, request: Request) -> Response:
        pairs = await read_form(request)
        token = self.tokens.open(pairs.get("client_id"), pairs.get("client_secret"))
        if not token or pairs.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "invalid_client"}, 400)
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": self.switches.token_seconds})

    async def create(self, request: Request) -> Response:
        self._check(request)
        pairs = await read_form(request)
        if not pairs.get("ext_id") or not pairs.get("text", "").strip():
            self.book.tally["refused"] += 1
            return JSONResponse({"status": "error", "field": "text" if pairs.get("ext_id") else "ext_id"}, 422)
        filing = self.filings.add(pairs["ext_id"], pairs)
        if lot("teplo early", filing.index) < self.switches.early:
            await self._answer_early(filing)
        else:
            self.filings.live(filing)
        return JSONResponse({"id": filing.index, "status": "accepted"}, 201)

    async def _answer_early(self, filing: Filing) -> None:
        self.filings.reach(filing, final_stage(self.name, filing.index))
        self.book.tally["early"] += 1
        if self.last:
            await asyncio.wait([self.last], timeout=EARLY_WAIT)

    async def find(self, request: Request) -> Response:
        self._check(request)
        same = self.filings.by_external.get(request.query_params.get("ext_id", ""), [])
        return JSONResponse({"items": [{"id": filing.index, "state": filing.state} for filing in same]})

    async def add(self, request: Request) -> Response:
        self._check(request)
        filing, pairs = self._named(request), await read_form(request)
        self.filings.add_to(filing, pairs)
        return JSONResponse({"id": len(filing.additions), "status": "accepted"}, 201)

    async def find_addition(self, request: Request) -> Response:
        self._check(request)
        wanted = request.query_params.get("ext_id")
        notes = enumerate(self._named(request).additions, 1)
        return JSONResponse({"items": [{"id": id} for id, note in notes if note.get("ext_id") == wanted]})

    def _named(self, request: Request) -> Filing:
        filing = self.filings.by_number.get(request.path_params["number"])
        if not filing:
            raise HTTPException(404)
        return filing

    def _check(self, request: Request) -> None:
        if not self.tokens.knows(request):
            raise HTTPException(401, "token")

    # outwards

    def _push(self, filing: Filing, stage: Stage) -> None:
        if not self.sender:
            self.sender = Sender(self.gateway, f"/in/{self.name}", 4, lambda: self.switches.sending)
        body = urlencode(show(filing, stage)).encode()
        self.last = self.sender.send(Webhook(f"{filing.number}-{len(filing.history)}", lambda: (self.sign(body), body)))

    def sign(self, body: bytes) -> dict[str, str]:
        """Hex HMAC-SHA256 over the time of sending, a line feed and the body."""
        time = str(int(datetime.now(UTC).timestamp() + self.switches.clock_skew))
        key = "wrong" if self.switches.wrong_proof else account("TEPLO_SIGNING_KEY")
        digest = hmac.new(key.encode(), time.encode() + b"\n" + body, hashlib.sha256).hexdigest()
        form = "application/x-www-form-urlencoded"
        return {"Content-Type": form, "X-Teplo-Time": time, "X-Teplo-Sign": digest}

    def count(self) -> dict[str, int]:
        sent = {f"webhooks {name}": number for name, number in self.sender.count().items()} if self.sender else {}
        return self.filings.count() | sent | super().count()

    def pages(self) -> dict[str, Any]:
        return {"filings": self.filings.pages()}

    def close(self) -> None:
        self.filings.close()
        if self.sender:
            self.sender.close()
        super().close()


def show(filing: Filing, stage: Stage) -> dict[str, str]:
    pairs = {
        "event": f"{filing.number}-{len(filing.history)}",
        "id": filing.number,
        "ext_id": filing.external_id,
        "state": stage.state,
        "result": stage.outcome,
        "text": filing.text,
        "time": str(int(filing.changed.timestamp())),
    }
    if filing.reason:
        pairs |= {"reason": filing.reason[0], "reason_text": filing.reason[1]}
    if stage.state == "postponed" and filing.postponed_to:
        pairs["until"] = f"{filing.postponed_to:%d.%m.%Y}"
    return {name: value for name, value in pairs.items() if value}
