"""A ministry behind the exchange: it takes appeals as requests and answers each with several responses."""

from pathlib import Path
from typing import Any

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand.deposits import Deposits
from stand.filings import Filing, Filings
from stand.life import LifeSwitches, Stage, lot
from stand.outer import Outer
from stand.paper import write_pdf
from stand.smev.business import APPEALS, check_content
from stand.smev.exchange import Exchange
from stand.smev.fault import Fault, write_fault
from stand.smev.message import Sent, write_envelope
from stand.smev.names import Names, element, find, local, text_of
from stand.smev.switches import SmevSwitches

#: RequestStatus codes of that contract.
CODES = {"registered": "1", "in_work": "2"}


class MinistrySwitches(SmevSwitches, LifeSwitches):
    file_only: float = 0.0  # share of answers that come as a file with a short text
    no_data: float = 0.0  # share of requests that are rejected with NO_DATA


class SmevMinistry(Outer):
    name = "smev_ministry"
    switch_kind = MinistrySwitches
    switches: MinistrySwitches

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.exchange = Exchange(self.name, self.book, lambda: self.switches, self.take_request)
        self.filings = Filings(self.book, lambda: self.switches, self.make_number, self.tell)
        self.deposits = Deposits(self.book)
        self.requests: dict[str, Sent] = {}  # filing's number → the request that made it

    def routes(self) -> list[Route]:
        return [
            Route("/ws", self.exchange.answer, methods=["POST"]),
            Route("/certificate", self.show_certificate),
            Route("/ftp", self.exchange.show_ftp),
        ]

    async def show_certificate(self, request: Request) -> Response:
        """What the exchange signs with, for a caller's trust store."""
        return Response(self.exchange.signer.certificate.pem, media_type="application/x-pem-file")

    def make_number(self, index: int) -> str:
        return f"СМ-{index:06}"

    def take_request(self, sent: Sent) -> None:
        if sent.type[0] != APPEALS or sent.type[1] not in ("Appeal", "Addition"):
            told = {"RootElementLocalName": sent.type[1], "RootElementNamespaceURI": sent.type[0]}
            raise Fault("BusinessDataTypeIsNotSupported", **told)
        check_content(sent.content)
        if sent.type[1] == "Addition":
            self._add(sent)
        else:
            self._file(sent)

    def _file(self, sent: Sent) -> None:
        if lot(self.name + " no data", len(self.filings.all)) < self.switches.no_data:
            self.exchange.respond(sent, reject(sent.names, "NO_DATA", "Сведения не найдены"))
            return
        external = text_of(sent.content, "ExternalNumber")
        for id, content in sent.files.items():
            self.deposits.put(sent.id, f"{external}#{id}", read_name(sent.content, id), content)
        facts = read_facts(sent.content) | {"files": {id: len(content) for id, content in sent.files.items()}}
        filing = self.filings.add(external, facts)
        self.requests[filing.number] = sent
        self.filings.live(filing)

    def _add(self, sent: Sent) -> None:
        """More about a request of theirs, by its MessageID."""
        about = text_of(sent.content, "About")
        number = next((number for number, one in self.requests.items() if one.id == about), None)
        if number is None:
            self.exchange.respond(sent, reject(sent.names, "NO_DATA", "Обращение не найдено"))
        else:
            self.filings.add_to(self.filings.by_number[number], read_facts(sent.content))

    def tell(self, filing: Filing, stage: Stage) -> None:
        sent = self.requests.get(filing.number)
        if sent is None:
            return
        if stage.state in CODES:
            words = filing.text or f"Зарегистрировано под номером {filing.number}"
            self.exchange.respond(sent, show_status(sent.names, CODES[stage.state], filing.number, words))
            return
        files = {}
        if stage.state == "answered" and lot("smev file", filing.index) < self.switches.file_only:
            files = {self.exchange.name_file("answer-1"): write_pdf(filing.text)}
        self.exchange.respond(sent, show_answer(filing, stage, files), files)

    def error(self) -> Response:
        """A fault that comes with 200."""
        body = etree.tostring(write_envelope(write_fault(Fault("SMEVFailure"), Names("1.2"))))
        return Response(body, media_type="text/xml")

    def count(self) -> dict[str, int]:
        return self.filings.count() | self.deposits.count() | super().count()

    def pages(self) -> dict[str, Any]:
        """Files by the MessageID of the request that brought them, which is the number its sender knows."""
        return {"filings": self.filings.pages()} | self.deposits.pages()

    def close(self) -> None:
        self.exchange.close()
        self.filings.close()
        super().close()


def read_facts(content: Any) -> dict[str, Any]:
    facts = {local(child): (child.text or "").strip() for child in content if len(child) == 0}
    applicant = find(content, "Applicant")
    return facts if applicant is None else facts | {"name": text_of(applicant, "Name")}


def read_name(content: Any, id: str) -> str:
    named = (one for one in content if local(one) == "File" and text_of(one, "Content") == id)
    return next((text_of(one, "Name") for one in named), "")


def show_status(names: Names, code: str, number: str, words: str) -> Any:
    named = element(names.types, "Key", text="number"), element(names.types, "Value", text=number)
    return element(
        names.types,
        "RequestStatus",
        element(names.types, "StatusCode", text=code),
        element(names.types, "StatusParameter", *named),
        element(names.types, "StatusDescription", text=words),
    )


def reject(names: Names, code: str, words: str) -> Any:
    return element(
        names.types,
        "RequestRejected",
        element(names.types, "RejectionReasonCode", text=code),
        element(names.types, "RejectionReasonDescription", text=words),
    )


def show_answer(filing: Filing, stage: Stage, files: dict[str, bytes]) -> Any:
    named = [(id, f"Ответ {filing.number}.pdf") for id in files]
    reason = filing.reason
    return element(
        APPEALS,
        "AppealAnswer",
        element(APPEALS, "ExternalNumber", text=filing.external_id),
        element(APPEALS, "Number", text=filing.number),
        element(APPEALS, "State", text=stage.state.upper()),
        element(APPEALS, "Outcome", text=stage.outcome.upper()) if stage.outcome else None,
        element(APPEALS, "ChangedAt", text=filing.changed.isoformat(timespec="milliseconds")),
        element(APPEALS, "Text", text=filing.text) if filing.text else None,
        element(APPEALS, "Reason", text=reason[1], code=reason[0]) if reason else None,
        element(APPEALS, "PostponedTo", text=f"{filing.postponed_to:%Y-%m-%d}") if filing.postponed_to else None,
        *(
            element(APPEALS, "File", element(APPEALS, "Name", text=name), element(APPEALS, "Content", text=id))
            for id, name in named
        ),
    )
