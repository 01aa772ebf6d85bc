"""The ПОС behind the exchange. Requests, `PosEasResponse` and field names are known from public code; ASSUMED are the
namespace, the wrapper of requests, and that each later state comes as one more response with the whole history."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand.filings import Filing, Filings
from stand.life import LifeSwitches, Stage
from stand.outer import Outer
from stand.smev.exchange import Exchange
from stand.smev.fault import Fault
from stand.smev.message import Sent
from stand.smev.ministry import reject
from stand.smev.names import element, find, local, text_of
from stand.smev.switches import SmevSwitches

SPACE = "urn:tsur:assumed:pos-eas"
#: Stage → status code of the ПОС.
CODES = {
    "registered": "MODERATION_ACCEPT", "in_work": "TAKE_TO_WORK", "postponed": "POSTPONE", "answered": "SEND_RESPONSE",
    "declined": "MODERATION_DECLINE",
}  # fmt: skip
TYPES = {"solved": "SOLVED", "explained": "SOLVED", "not_solved": "NOT_SOLVED", "rejected": "REJECTED",
         "postponed": "POSTPONED"}  # fmt: skip
#: What an appeal must have.
OBLIGATORY = ("Description", "CreatedAt", "Applicant", "RegionId")


class PosSwitches(SmevSwitches, LifeSwitches):
    pass


class SmevPos(Outer):
    name = "pos_smev"
    switch_kind = PosSwitches
    switches: PosSwitches

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.exchange = Exchange(self.name, self.book, lambda: self.switches, self.take_request)
        self.filings = Filings(self.book, lambda: self.switches, lambda index: str(800_000_000 + index), self.tell)
        self.requests: dict[str, Sent] = {}  # posId → the request that made it

    def routes(self) -> list[Route]:
        return [
            Route("/ws", self.exchange.answer, methods=["POST"]),
            Route("/certificate", self.show_certificate),
            Route("/ftp", self.exchange.show_ftp),
        ]

    async def show_certificate(self, request: Request) -> Response:
        return Response(self.exchange.signer.certificate.pem, media_type="application/x-pem-file")

    def take_request(self, sent: Sent) -> None:
        if sent.type != (SPACE, "PosEasRequest") or len(sent.content) != 1 or not sent.content.get("env"):
            told = {"RootElementLocalName": sent.type[1], "RootElementNamespaceURI": sent.type[0]}
            raise Fault("BusinessDataTypeIsNotSupported", **told)
        call = sent.content[0]
        if local(call) == "CreateAppealRequest":
            self._create(sent, call)
        elif local(call) == "GetAppealRequest":
            self._show(sent, text_of(call, "AppealId"))
        else:
            raise Fault("InvalidContent", ValidationError="not served by this stand")

    def _create(self, sent: Sent, call: Any) -> None:
        missing = [name for name in OBLIGATORY if find(call, name) is None]
        if missing or not text_of(call, "Applicant/Name"):
            raise Fault("InvalidContent", ValidationError="cvc-complex-type.2.4")
        filing = self.filings.add(text_of(call, "Id"), {local(one): one.text for one in call if len(one) == 0})
        self.requests[filing.number] = sent
        self.filings.live(filing)

    def _show(self, sent: Sent, number: str) -> None:
        filing = self.filings.by_number.get(number)
        if filing is None:
            self.exchange.respond(sent, reject(sent.names, "NO_DATA", "Сообщение не найдено"))
        else:
            self.exchange.respond(sent, show(filing, "GetAppealResponse"))

    def tell(self, filing: Filing, stage: Stage) -> None:
        name = "CreateAppealResponse" if len(filing.history) == 1 else "GetAppealResponse"
        if (sent := self.requests.get(filing.number)) is not None:
            self.exchange.respond(sent, show(filing, name))

    def count(self) -> dict[str, int]:
        return self.filings.count() | super().count()

    def pages(self) -> dict[str, Any]:
        return {"filings": self.filings.pages()}

    def close(self) -> None:
        self.exchange.close()
        self.filings.close()
        super().close()


def show(filing: Filing, name: str) -> Any:
    history = [_show_entry(filing, *entry) for entry in filing.history]
    return element(
        SPACE, "PosEasResponse",
        element(
            SPACE, name,
            element(SPACE, "Id", text=filing.external_id),
            element(SPACE, "PosId", text=filing.number),
            element(SPACE, "Status", text=CODES[filing.state]),
            element(SPACE, "CreatedAt", text=write(filing.created)),
            element(SPACE, "AnswerAt", text=write(filing.created + timedelta(days=30))),
            element(SPACE, "StatusHistories", *history),
        ),
        env="TEST",
    )  # fmt: skip


def _show_entry(filing: Filing, at: datetime, stage: Stage, text: str) -> Any:
    answer = None
    if stage.outcome or stage.state in ("answered", "declined"):
        reason = filing.reason if stage.state == "declined" else None
        answer = element(
            SPACE, "Answer",
            element(SPACE, "AnswerType", text=TYPES.get(stage.outcome, "REJECTED")),
            element(SPACE, "Comment", text=text or f"Ответ по сообщению {filing.number}"),
            element(SPACE, "RejectReason", element(SPACE, "Id", text=reason[0]), element(SPACE, "Name", text=reason[1]))
            if reason else None,
        )  # fmt: skip
    return element(
        SPACE, "StatusHistory",
        element(SPACE, "Status", text=CODES[stage.state]),
        element(SPACE, "StatusText", text=stage.state),
        element(SPACE, "CreatedAt", text=write(at)),
        answer,
    )  # fmt: skip


def write(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
