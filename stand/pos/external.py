"""External-system mode: another system files a message and asks for its status.

ASSUMED: `id` may be sent (the published bodies show it, always null) and asked for, so that a lost reply of the
create call, which is not idempotent, can be found out about.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stand.filings import Filing, Filings
from stand.life import Stage
from stand.payload import read_json
from stand.pos.message import SERVICE, Message, show

if TYPE_CHECKING:
    from stand.pos.system import Pos

OBLIGATORY = ("description", "createdAt", "applicant", "organizationInfo", "regionId")
#: How the life of a filing looks from outside.
STATUSES = {
    "registered": "MODERATION_ACCEPT",
    "in_work": "TAKE_TO_WORK",
    "asking": "TAKE_TO_WORK",
    "postponed": "POSTPONE",
    "answered": "SEND_RESPONSE",
    "declined": "MODERATION_DECLINE",
}
TYPES = {
    "solved": "SOLVED",
    "explained": "SOLVED",
    "not_solved": "NOT_SOLVED",
    "rejected": "REJECTED",
    "postponed": "POSTPONED",
}


class External:
    def __init__(self, pos: "Pos") -> None:
        self.pos = pos
        self.messages: dict[str, Message] = {}
        self.filings = Filings(pos.book, lambda: pos.switches, lambda index: str(800_000_000 + index), self._follow)

    def routes(self) -> list[Route]:
        return [
            Route("/inbox-service/external-appeal-system/appeals", self.create, methods=["POST"]),
            Route("/appeal-service/external-appeal-system/appeals", self.find),
            Route("/appeal-service/external-appeal-system/appeals/{id}", self.status),
        ]

    async def create(self, request: Request) -> Response:
        self.pos.check(request)
        tree = await read_json(request)
        missing = [name for name in OBLIGATORY if not tree.get(name)]
        if missing or not isinstance(tree["applicant"], dict) or not tree["applicant"].get("name"):
            self.pos.book.tally["refused"] += 1
            return JSONResponse({"message": f"Не заполнено: {', '.join(missing) or 'applicant.name'}"}, 400)
        filing = self.filings.add(str(tree.get("id") or f"unnamed {len(self.filings.all) + 1}"), tree)
        self.messages[filing.number] = message = receive(filing, tree)
        for id in tree.get("attachmentIds") or []:
            if id in self.pos.files:
                self.pos.deposits.put(filing.number, id, *self.pos.files[id])
        if self.pos.switches.echo_filings:
            self.pos.region.messages[message.pos_id] = message
        self.filings.live(filing)
        return JSONResponse(show(message))

    async def find(self, request: Request) -> Response:
        self.pos.check(request)
        same = self.filings.by_external.get(request.query_params.get("id", ""), [])
        return JSONResponse({"content": [show(self.messages[filing.number]) for filing in same]})

    async def status(self, request: Request) -> Response:
        self.pos.check(request)
        message = self.messages.get(request.path_params["id"])
        if not message:
            raise HTTPException(404, "no such appeal")
        return JSONResponse(show(message))

    def _follow(self, filing: Filing, stage: Stage) -> None:
        message = self.messages[filing.number]
        message.updated = filing.changed
        message.add(STATUSES[stage.state], "Сотрудник", show_answer(filing, stage) if stage.text else None)


def receive(filing: Filing, tree: dict[str, Any]) -> Message:
    now = datetime.now(UTC)
    message = Message(
        int(filing.number), filing.external_id, tree["description"], now, now, tree["applicant"],
        tree.get("location"), tree.get("subsubjectId"), tree["organizationInfo"], tree.get("attachmentIds") or [],
    )  # fmt: skip
    message.id = tree.get("id")
    message.add("MODERATION_NEW", SERVICE)
    return message


def show_answer(filing: Filing, stage: Stage) -> dict[str, Any]:
    reason = {"id": int(filing.reason[0]), "name": filing.reason[1]} if filing.reason else None
    return {
        "answerType": TYPES.get(stage.outcome),
        "comment": filing.text,
        "rejectReason": reason,
        "attachmentIds": [],
    }
