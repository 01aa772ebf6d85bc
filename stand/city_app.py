"""A city's mobile application: JSON, webhooks signed by HMAC, answers idempotent by a key."""

import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stand.accounts import account
from stand.answers import Told
from stand.channel import YEKATERINBURG, Channel, check_token
from stand.deposits import Deposits
from stand.feed import Appeal
from stand.links import Links
from stand.payload import read_file, read_json

KINDS = {"final", "interim", "status", "question", "notice"}
OUTCOMES = {"solved", "explained", "not_solved", "rejected", "postponed", None}
LONGEST = 4000  # signs of one answer


class CityApp(Channel):
    name = "city_app"

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.by_key: dict[str, int] = {}
        self.uploads: dict[str, tuple[str, bytes]] = {}  # id → name, content
        self.deposits = Deposits(self.book)
        self.links = Links(self.book, lambda: self.switches.links)
        self.taken_at: dict[str, float] = {}  # appeal → monotonic seconds

    def routes(self) -> list[Route]:
        return [
            Route("/api/v2/answers", self.accept, methods=["POST"]),
            Route("/api/v2/files", self.keep_file, methods=["POST"]),
            Route("/api/v2/ping", self.ping),
            Route("/files/{id}/{name}", self.give_file),
        ]

    # outwards

    def form(self, appeal: Appeal) -> tuple[dict[str, str], bytes]:
        return self.sign({"event": "appeal.created", "event_id": f"created:{appeal.id}", "appeal": show(appeal)})

    def reply(self, appeal: Appeal, ordinal: int) -> None:
        self._push_event("reply", appeal, ordinal, text="Второй подъезд, третий этаж.")

    def rate(self, appeal: Appeal, ordinal: int) -> None:
        self._push_event("rated", appeal, ordinal, score=ordinal % 5 + 1)

    def _push_event(self, name: str, appeal: Appeal, ordinal: int, **facts: Any) -> None:
        id = f"{name}:{appeal.id}:{ordinal}"
        said = {"appeal_id": appeal.id, "at": self.now().isoformat(), **facts}
        event = {"event": f"appeal.{name}", "event_id": id, name: said}
        self.push(id, lambda: self.sign(event))

    def sign(self, event: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        """Signature: hex HMAC-SHA256 over `timestamp.body`; timestamp in Unix seconds."""
        body = json.dumps(event, ensure_ascii=False).encode()
        now = str(int(self.now().timestamp()))
        digest = hmac.new(self.prove("CITY_APP_SIGNING_KEY").encode(), now.encode() + b"." + body, hashlib.sha256)
        proof = {"X-App-Timestamp": now, "X-App-Signature": "sha256=" + digest.hexdigest()}
        return {"Content-Type": "application/json", **proof}, body

    # inwards

    async def ping(self, request: Request) -> Response:
        check_token(request, "authorization", "Bearer " + account("CITY_APP_TOKEN"))
        return JSONResponse({"ok": True})

    async def accept(self, request: Request) -> Response:
        check_token(request, "authorization", "Bearer " + account("CITY_APP_TOKEN"))
        key, tree = request.headers.get("idempotency-key", ""), await read_json(request)
        if not key:
            return refuse(400, "no_key")
        if key in self.by_key:
            self.book.tally["repeats"] += 1
            return JSONResponse({"answer_id": self.by_key[key]})
        if tree.get("appeal_id") not in self.appeals:
            self.book.tally["unknown appeal"] += 1
            return refuse(404, "unknown_appeal")
        if fault := find_fault(tree):
            self.book.tally["refused"] += 1
            return refuse(422, fault)
        named = tree.get("files") or []
        if not all(isinstance(id, str) and id in self.uploads for id in named):
            self.book.tally["refused"] += 1
            return refuse(422, "files")
        for id in named:
            self.deposits.put(tree["appeal_id"], f"{key}/{id}", *self.uploads[id])
        told = Told(tree["appeal_id"], tree["kind"], tree["text"], tree.get("outcome") or "", key)
        self.by_key[key] = self.tell(told, organisation=tree.get("organisation"), number=tree.get("number"))
        return JSONResponse({"answer_id": self.by_key[key]}, 201)

    async def keep_file(self, request: Request) -> Response:
        """multipart `file`; the same key again gives the same id."""
        check_token(request, "authorization", "Bearer " + account("CITY_APP_TOKEN"))
        key = request.headers.get("idempotency-key", "")
        if not key:
            return refuse(400, "no_key")
        self.uploads.setdefault(f"u-{key}", await read_file(request, "file"))
        return JSONResponse({"id": f"u-{key}"}, 201)

    async def give_file(self, request: Request) -> Response:
        """The links of one appeal end some time after it was sent."""
        check_token(request, "authorization", "Bearer " + account("CITY_APP_TOKEN"))
        appeal = self.known(request.path_params["id"])
        for file in appeal.files:
            if file.name == request.path_params["name"]:
                return self.links.give(request, appeal.content_of(file), time.monotonic() - self.taken_at[appeal.id])
        raise HTTPException(404)

    def count(self) -> dict[str, int]:
        return self.deposits.count() | super().count()

    def pages(self) -> dict[str, Any]:
        return super().pages() | self.deposits.pages()

    def take(self, appeal: Appeal, concurrency: int) -> None:
        self.taken_at[appeal.id] = time.monotonic()
        super().take(appeal, concurrency)


def show(appeal: Appeal) -> dict[str, Any]:
    place = {"address": appeal.address, "lat": appeal.lat, "lon": appeal.lon}
    return {
        "id": appeal.id,
        "text": appeal.text,
        "created_at": appeal.created_at.astimezone(YEKATERINBURG).isoformat(),
        "category": appeal.category,
        "author": {"name": appeal.name, "phone": appeal.phone, "email": appeal.email},
        "place": {name: value for name, value in place.items() if value is not None},
        "photos": [
            {
                "id": f"{appeal.id}/{file.name}",
                "name": file.name,
                "size": len(appeal.content_of(file)),
                "url": f"files/{appeal.id}/{file.name}",
            }
            for file in appeal.files
        ],
        **({"chat": appeal.chat} if appeal.chat else {}),
    }


def find_fault(tree: dict[str, Any]) -> str:
    """What is wrong with an answer; empty when nothing is."""
    if tree.get("kind") not in KINDS:
        return "kind"
    if tree.get("outcome") not in OUTCOMES:
        return "outcome"
    text = tree.get("text")
    return "" if isinstance(text, str) and 0 < len(text) <= LONGEST else "text"


def refuse(status: int, code: str) -> Response:
    return JSONResponse({"error": {"code": code}}, status)
