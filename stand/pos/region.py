"""Region mode, ASSUMED: no public contract shows how a region reads residents' messages and answers them.

Built on the published bodies, so that a site that has the closed contract changes YAML only. Assumed, too:
`updatedAt` in the list, and `externalId` of a history entry, by which a lost reply can be asked for.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stand.answers import Answers, Told
from stand.feed import Appeal
from stand.life import lot
from stand.payload import read_json
from stand.pos.message import ANSWER_TYPES, STATUS_TEXTS, Message, show, write_time

if TYPE_CHECKING:
    from stand.pos.system import Pos

BASE = "/appeal-service/region-appeal-system/appeals"
OUTCOMES = {"SOLVED": "solved", "NOT_SOLVED": "not_solved", "REJECTED": "rejected", "POSTPONED": "postponed"}


class Region:
    def __init__(self, pos: "Pos") -> None:
        self.pos = pos
        self.messages: dict[int, Message] = {}
        self.answers = Answers(pos.book)
        self.seen: set[int] = set()
        self.attached: dict[str, list[dict[str, Any]]] = {}

    def routes(self) -> list[Route]:
        return [
            Route(BASE, self.list),
            Route(BASE + "/{id:int}", self.get),
            Route(BASE + "/{id:int}/history", self.answer, methods=["POST"]),
            Route(BASE + "/{id:int}/history", self.find),
        ]

    def take(self, appeal: Appeal) -> None:
        pos_id, now = 700_000_001 + len(self.messages), datetime.now(UTC)
        files = [self.pos.add_file(file.name, appeal.content_of(file)) for file in appeal.files]
        code = int(appeal.category) if appeal.category and appeal.category.isdecimal() else None
        message = Message(
            pos_id,
            appeal.id,
            appeal.text,
            appeal.created_at,
            now,
            show_applicant(appeal),
            appeal.address,
            code,
            None,
            files,
        )
        message.add("MODERATION_ACCEPT", "Модератор")
        self.messages[pos_id] = message
        if appeal.files:
            self.attached[str(pos_id)] = appeal.show_files()
        self.pos.book.note("appeal", id=appeal.id, pos_id=pos_id)

    async def list(self, request: Request) -> Response:
        """Updated since `updatedFrom`, oldest first; `page` from 0."""
        self.pos.check(request)
        query = request.query_params
        try:
            since = datetime.fromisoformat(query.get("updatedFrom", "1970-01-01T00:00:00+00:00"))
            page, size = int(query.get("page", "0")), min(int(query.get("size", "100")), 1000)
            found = sorted(
                (m for m in self.messages.values() if m.updated >= since), key=lambda m: (m.updated, m.pos_id)
            )
        except (ValueError, TypeError) as error:
            raise HTTPException(400, "updatedFrom, page, size") from error
        shown = found[page * size : (page + 1) * size]
        self.seen.update(message.pos_id for message in shown)
        content = [show(message) | {"updatedAt": write_time(message.updated)} for message in shown]
        return JSONResponse({"content": content, "totalPages": -(-len(found) // size), "totalElements": len(found)})

    async def get(self, request: Request) -> Response:
        self.pos.check(request)
        message = self._named(request)
        return JSONResponse(show(message) | {"updatedAt": write_time(message.updated)})

    async def answer(self, request: Request) -> Response:
        """{status, comment, answer{answerType, comment, rejectReason?, attachmentIds?}, externalId?}"""
        self.pos.check(request)
        message, tree = self._named(request), await read_json(request)
        status, answer = tree.get("status"), tree.get("answer")
        if fault := find_fault(tree):
            self.pos.book.tally["refused"] += 1
            return JSONResponse({"message": fault}, 400)
        key = str(tree.get("externalId") or "")
        for id in (answer or {}).get("attachmentIds") or []:
            if id not in self.pos.files:
                return JSONResponse({"message": "attachmentIds"}, 400)
            self.pos.deposits.put(str(message.pos_id), f"{key}/{id}", *self.pos.files[id])
        message.add(str(status), "Регион", answer, comment=tree.get("comment"), externalId=key)
        told = self._tell(message, key, answer or {}, tree)
        if self.pos.switches.echo_updates:
            message.updated = datetime.now(UTC)
        self._reopen(message, told)
        return JSONResponse({"id": len(message.history), "externalId": key}, 201)

    def _tell(self, message: Message, key: str, answer: dict[str, Any], tree: dict[str, Any]) -> Told:
        outcome = OUTCOMES.get(answer.get("answerType", ""), "")
        final = tree["status"] == "SEND_RESPONSE" and outcome != "postponed"
        kind = "final" if final else "interim" if answer or tree.get("comment") else "status"
        told = Told(message.external_id, kind, answer.get("comment") or tree.get("comment") or "", outcome, key)
        self.answers.add(told, pos_id=message.pos_id, status=tree["status"])
        return told

    def _reopen(self, message: Message, told: Told) -> None:
        finals = sum(each.kind == "final" for each in self.answers.told[told.appeal])
        if told.kind == "final" and finals == 1 and lot("pos reopens", message.pos_id) < self.pos.switches.reopens:
            message.add("MODERATION_ACCEPT", "Заявитель", comment="Проблема не решена, прошу рассмотреть повторно.")
            message.updated = datetime.now(UTC)
            self.pos.book.note("reopened", id=message.external_id, pos_id=message.pos_id)

    async def find(self, request: Request) -> Response:
        self.pos.check(request)
        wanted = request.query_params.get("externalId")
        entries = enumerate(self._named(request).history, 1)
        found = [{"id": id} for id, entry in entries if wanted and entry.get("externalId") == wanted]
        return JSONResponse({"content": found})

    def _named(self, request: Request) -> Message:
        message = self.messages.get(request.path_params["id"])
        if not message:
            raise HTTPException(404, "no such appeal")
        return message

    def count(self) -> dict[str, int]:
        return {"sent": len(self.messages), "acknowledged": len(self.seen), **self.answers.count()}

    def pages(self) -> dict[str, Any]:
        ids = {message.external_id: pos_id for pos_id, message in self.messages.items()}
        sent = {id: {"pos_id": pos_id, "acknowledged": int(pos_id in self.seen)} for id, pos_id in ids.items()}
        return {"sent": sent, "answers": self.answers.pages(), "attached": self.attached}


def find_fault(tree: dict[str, Any]) -> str:
    """What is wrong with a history entry; empty when nothing is."""
    answer = tree.get("answer")
    if tree.get("status") not in STATUS_TEXTS:
        return "status"
    if tree["status"] != "SEND_RESPONSE" and not answer:
        return ""
    if not isinstance(answer, dict) or answer.get("answerType") not in ANSWER_TYPES:
        return "answer.answerType"
    return "" if answer.get("comment") else "answer.comment"


def show_applicant(appeal: Appeal) -> dict[str, Any]:
    surname, name, patronymic = appeal.name_parts()
    return {
        "epguId": None,
        "surname": surname or None,
        "name": name or None,
        "patronymic": patronymic or None,
        "birthDate": None,
        "postAddress": None,
        "email": appeal.email,
        "phone": appeal.phone,
    }
