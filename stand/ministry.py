"""A ministry's system: JSON, session login, three steps to file, events to poll, every error inside a 200."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stand.deposits import Deposits
from stand.filings import Filing, Filings
from stand.life import LifeSwitches, Stage, lot
from stand.outer import Outer
from stand.paper import write_pdf
from stand.payload import read_json
from stand.sessions import Sessions

LONGEST = 8000  # signs of a request's text


class MinistrySwitches(LifeSwitches):
    session_seconds: float = 20
    largest_file: int = 10_000_000  # bytes
    file_only: float = 0.15  # share of answers whose text is only in a file
    page: int = 100  # events of one page, at most


@dataclass(slots=True)
class Draft:
    id: str
    external_id: str
    facts: dict[str, Any]
    filing: Filing | None = None


class Ministry(Outer):
    name = "ministry"
    switch_kind = MinistrySwitches
    switches: MinistrySwitches

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.sessions = Sessions("MINISTRY_LOGIN", "MINISTRY_PASSWORD", lambda: self.switches.session_seconds)
        self.drafts: dict[str, Draft] = {}
        self.events: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.deposits = Deposits(self.book)
        self.uploads: list[tuple[str, str]] = []  # draft or number, key
        self.attached: dict[str, list[dict[str, Any]]] = {}  # number → files of its answers
        self.filings = Filings(self.book, lambda: self.switches, self.make_number, self._tell)

    def routes(self) -> list[Route]:
        return [
            Route("/auth/login", self.login, methods=["POST"]),
            Route("/api/drafts", self.create, methods=["POST"]),
            Route("/api/drafts/{id}/files", self.upload, methods=["POST"]),
            Route("/api/drafts/{id}/files", self.list_files),
            Route("/api/requests/{id:path}/files", self.upload, methods=["POST"]),
            Route("/api/requests/{id:path}/files", self.list_files),
            Route("/api/drafts/{id}/submit", self.submit, methods=["POST"]),
            Route("/api/requests", self.find),
            Route("/api/requests/{number}/notes", self.add_note, methods=["POST"]),
            Route("/api/requests/{number}/notes", self.find_note),
            Route("/api/events", self.list_events),
            Route("/api/files/{id}", self.give_file),
        ]

    def make_number(self, index: int) -> str:
        return f"МЖ-{datetime.now(UTC).year}-{index:06}"

    # filing

    async def login(self, request: Request) -> Response:
        tree = await read_json(request)
        session = self.sessions.open(tree.get("login"), tree.get("password"))
        return JSONResponse({"session": {"id": session}}) if session else fail("BAD_LOGIN")

    async def create(self, request: Request) -> Response:
        if not self.sessions.knows(request):
            return expired()
        tree = await read_json(request)
        text, external = tree.get("text"), tree.get("external_id")
        if not (isinstance(text, str) and 0 < len(text) <= LONGEST and isinstance(external, str) and external):
            self.book.tally["refused"] += 1
            return fail("VALIDATION")
        draft = Draft(f"d{len(self.drafts) + 1}", external, tree)
        self.drafts[draft.id] = draft
        self.book.note("draft", external_id=draft.external_id, draft=draft.id)
        return JSONResponse({"draft": {"id": draft.id}})

    async def upload(self, request: Request) -> Response:
        """To a draft, or to what was submitted. Uploading again makes a second file: `key` tells them apart."""
        if not self.sessions.knows(request):
            return expired()
        of = request.path_params["id"]
        draft, filing = self.drafts.get(of), self.filings.by_number.get(of)
        if not filing and (not draft or draft.filing):
            return fail("NO_DRAFT")
        content = await request.body()
        if len(content) > self.switches.largest_file:
            return fail("TOO_LARGE")
        name, key = request.query_params.get("name", "file"), request.query_params.get("key", "")
        self.uploads.append((of, key))
        self.deposits.put(of, f"{key}#{len(self.uploads)}", name, content)
        return JSONResponse({"file": {"id": f"{of}-{len(self.uploads)}"}})

    async def list_files(self, request: Request) -> Response:
        if not self.sessions.knows(request):
            return expired()
        wanted = request.path_params["id"], request.query_params.get("key", "")
        found = [{"id": f"{of}-{place}"} for place, (of, key) in enumerate(self.uploads, 1) if (of, key) == wanted]
        return JSONResponse({"items": found})

    async def submit(self, request: Request) -> Response:
        """Submitting again gives the same number."""
        if not self.sessions.knows(request):
            return expired()
        draft = self.drafts.get(request.path_params["id"])
        if not draft:
            return fail("NO_DRAFT")
        if not draft.filing:
            draft.filing = self.filings.add(
                draft.external_id, draft.facts | {"files": self.deposits.names.get(draft.id, [])}
            )
            self.filings.live(draft.filing)
        return JSONResponse({"request": {"number": draft.filing.number, "registered_at": write(draft.filing.created)}})

    async def find(self, request: Request) -> Response:
        if not self.sessions.knows(request):
            return expired()
        external = request.query_params.get("external_id")
        same = [draft for draft in self.drafts.values() if draft.external_id == external]
        return JSONResponse({"items": [self._show_draft(draft) for draft in same]})

    def _show_draft(self, draft: Draft) -> dict[str, Any]:
        number = draft.filing.number if draft.filing else None
        return {"draft": draft.id, "number": number, "files": len(self.deposits.names.get(draft.id, []))}

    async def add_note(self, request: Request) -> Response:
        if not self.sessions.knows(request):
            return expired()
        filing = self.filings.by_number.get(request.path_params["number"])
        if not filing:
            return fail("NO_REQUEST")
        self.filings.add_to(filing, await read_json(request))
        return JSONResponse({"note": {"id": len(filing.additions)}})

    async def find_note(self, request: Request) -> Response:
        if not self.sessions.knows(request):
            return expired()
        filing = self.filings.by_number.get(request.path_params["number"])
        external = request.query_params.get("external_id")
        notes = enumerate(filing.additions if filing else (), 1)
        return JSONResponse({"items": [{"id": id} for id, note in notes if note.get("external_id") == external]})

    # answering

    def _tell(self, filing: Filing, stage: Stage) -> None:
        event = {
            "seq": len(self.events) + 1,
            "request": {"number": filing.number, "external_id": filing.external_id},
            "state": stage.state.upper(),
            "at": write(filing.changed),
        }
        if stage.outcome:
            event["outcome"] = stage.outcome.upper()
        if filing.reason:
            event["reason"] = {"code": filing.reason[0], "text": filing.reason[1]}
        if stage.state == "postponed" and filing.postponed_to:
            event["postponed_to"] = f"{filing.postponed_to:%Y-%m-%d}"
        self.events.append(event | self._carry_text(filing, stage))

    def _carry_text(self, filing: Filing, stage: Stage) -> dict[str, Any]:
        if not filing.text:
            return {}
        if stage.state == "answered" and lot("ministry file", filing.index) < self.switches.file_only:
            id = f"a{len(self.files) + 1}"
            self.files[id] = write_pdf(filing.text)
            told = {"name": f"Ответ {filing.number}.pdf", "sha256": hashlib.sha256(self.files[id]).hexdigest()}
            self.attached.setdefault(filing.number, []).append(told)
            return {"files": [{"id": id, "name": f"Ответ {filing.number}.pdf", "size": len(self.files[id])}]}
        return {"text": filing.text}

    async def list_events(self, request: Request) -> Response:
        """After the cursor, oldest first; `next` is the cursor of the next page."""
        if not self.sessions.knows(request):
            return expired()
        try:
            after = int(request.query_params.get("after", "c0").removeprefix("c"))
            limit = min(int(request.query_params.get("limit", "100")), self.switches.page)
        except ValueError:
            return fail("BAD_CURSOR")
        page = self.events[after : after + limit]
        reached = after + len(page)
        return JSONResponse({"events": page, "next": f"c{reached}", "more": reached < len(self.events)})

    async def give_file(self, request: Request) -> Response:
        if not self.sessions.knows(request):
            return expired()
        if request.path_params["id"] not in self.files:
            raise HTTPException(404)
        return Response(self.files[request.path_params["id"]], media_type="application/pdf")

    def error(self) -> Response:
        return fail("INTERNAL")

    def count(self) -> dict[str, int]:
        drafts = {"drafts": len(self.drafts)}
        return self.filings.count() | drafts | self.deposits.count() | super().count()

    def pages(self) -> dict[str, Any]:
        files: dict[str, list[dict[str, Any]]] = {}
        for of, named in self.deposits.names.items():
            filing = self.drafts[of].filing if of in self.drafts else self.filings.by_number[of]
            files.setdefault(filing.number if filing else of, []).extend(named)
        return {"filings": self.filings.pages(), "files": files, "attached": self.attached}

    def close(self) -> None:
        self.filings.close()
        super().close()


def fail(code: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": "Операция не выполнена"}})


def expired() -> Response:
    return fail("SESSION_EXPIRED")


def write(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")
