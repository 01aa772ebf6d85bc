"""A hotline's call register: forms both ways, a token in a header of its own, nothing idempotent."""

from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand.accounts import account
from stand.answers import Told
from stand.channel import YEKATERINBURG, Channel, check_token
from stand.feed import Appeal
from stand.payload import form_reply, read_form

#: `status` of an answer: what the operator tells the caller.
STATUSES = {
    "1": ("status", ""),
    "2": ("interim", ""),
    "3": ("final", "solved"),
    "4": ("final", "explained"),
    "5": ("final", "not_solved"),
    "6": ("final", "rejected"),
    "7": ("interim", "postponed"),
}
LONGEST = 2000  # signs of one answer


class Hotline(Channel):
    name = "hotline"

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.by_key: dict[tuple[str, str], int] = {}

    def routes(self) -> list[Route]:
        return [Route("/otvet", self.accept, methods=["POST"]), Route("/otvet", self.find)]

    def form(self, appeal: Appeal) -> tuple[dict[str, str], bytes]:
        pairs = {
            "nomer": appeal.id,
            "data": write_time(appeal.created_at.astimezone(YEKATERINBURG)),
            "fio": appeal.name,
            "tel": write_phone(appeal.phone),
            "tekst": appeal.text,
            "adres": appeal.address,
            "shirota": appeal.lat,
            "dolgota": appeal.lon,
            "tema": appeal.category,
        }
        body = urlencode({name: value for name, value in pairs.items() if value is not None}).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Line-Pass": self.prove("HOTLINE_INTAKE_TOKEN"),
        }
        return headers, body

    async def accept(self, request: Request) -> Response:
        check_token(request, "x-gorod-klyuch", account("HOTLINE_TOKEN"))
        pairs = await read_form(request)
        self.known(pairs.get("nomer", ""))
        text, status = pairs.get("otvet", ""), pairs.get("status", "")
        if status not in STATUSES or not 0 < len(text) <= LONGEST:
            self.book.tally["refused"] += 1
            return form_reply(422, ok="0", oshibka="status" if status not in STATUSES else "otvet")
        kind, outcome = STATUSES[status]
        ordinal = self.tell(Told(pairs["nomer"], kind, text, outcome, pairs.get("ref", "")))
        self.by_key[pairs["nomer"], pairs.get("ref", "")] = ordinal
        return form_reply(ok="1", id=str(ordinal))

    async def find(self, request: Request) -> Response:
        """Every call told by `nomer` and `ref`: `naideno=0`, or 1 with its id."""
        check_token(request, "x-gorod-klyuch", account("HOTLINE_TOKEN"))
        query = request.query_params
        ordinal = self.by_key.get((query.get("nomer", ""), query.get("ref", "")))
        return form_reply(naideno="1", id=str(ordinal)) if ordinal else form_reply(naideno="0")

    def error(self) -> Response:
        return form_reply(ok="0", oshibka="sboy")


def write_time(time: datetime) -> str:
    """1.02.2026 3:05 — without padding, without a zone: local time."""
    return f"{time.day}.{time:%m.%Y} {time.hour}:{time:%M}"


def write_phone(phone: str | None) -> str | None:
    """8 (900) 000-12-34, as operators type it."""
    digits = "".join(filter(str.isdigit, phone or ""))[-10:]
    if len(digits) != 10:
        return phone
    return f"8 ({digits[:3]}) {digits[3:6]}-{digits[6:8]}-{digits[8:]}"
