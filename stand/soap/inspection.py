"""A state housing inspection: SOAP 1.1 and 1.2, a UsernameToken, numbers, changes listed page by page."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand.accounts import account
from stand.filings import Filing, Filings
from stand.life import LifeSwitches, Stage
from stand.outer import Outer
from stand.soap.envelope import SoapFault
from stand.soap.service import Service, SoapSwitches, text_of

NS, TYPES = "urn:inspection", "urn:inspection:types"
WORDS = {
    "registered": "NEW", "in_work": "WORK", "asking": "QUESTION",
    "postponed": "POSTPONED", "answered": "DONE", "declined": "REFUSED",
}  # fmt: skip
RESULTS = {
    "solved": "FIXED", "explained": "EXPLAINED", "not_solved": "NOT_FIXED",
    "rejected": "REFUSED", "postponed": "POSTPONED",
}  # fmt: skip


class InspectionSwitches(LifeSwitches, SoapSwitches):
    pass


class Inspection(Outer):
    name = "inspection"
    switch_kind = InspectionSwitches
    switches: InspectionSwitches

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.filings = Filings(self.book, lambda: self.switches, self.make_number, self.tell)
        self.changes: list[tuple[datetime, Any]] = []
        self.added: dict[str, list[str]] = {}  # external id of an addition → numbers
        calls = {
            "RegisterAppeal": self.register, "AddToAppeal": self.add,
            "FindAppeal": self.find, "ListChanges": self.list_changes,
        }  # fmt: skip
        self.service = Service("inspection.wsdl", lambda: self.switches, self.login, calls)

    def routes(self) -> list[Route]:
        return [
            Route("/ws", self.service.answer, methods=["POST"]),
            Route("/ws", self.service.show),
            Route("/inspection.xsd", self.show_schema),
        ]

    async def show_schema(self, request: Request) -> Response:
        return Response(self.service.wsdl.with_suffix(".xsd").read_bytes(), media_type="text/xml; charset=utf-8")

    def login(self) -> tuple[str, str]:
        return account("INSPECTION_USER"), account("INSPECTION_PASSWORD")

    def make_number(self, index: int) -> str:
        return f"ГЖИ-{index:06}"

    def register(self, payload: Any) -> Any:
        appeal = payload[0]
        facts = {etree.QName(child).localname: child.text or "" for child in appeal if not len(child)}
        files = [text_of(one, "Name") for one in appeal.iterfind("{*}Attachment")]
        filing = self.filings.add(facts["ExternalId"], facts | {"files": files, "urgent": appeal.get("urgent", "")})
        self.filings.live(filing)
        return make("RegisterAppealResponse", Number=filing.number, RegisteredAt=filing.created.isoformat())

    def add(self, payload: Any) -> Any:
        filing = self.filings.by_number.get(text_of(payload, "Number"))
        if filing is None:
            raise SoapFault("Client", "Нет такого обращения", {"Code": "NOT_FOUND"})
        self.filings.add_to(filing, {etree.QName(child).localname: child.text or "" for child in payload})
        self.added.setdefault(text_of(payload, "ExternalId"), []).append(filing.number)
        return make("AddToAppealResponse", Ordinal=str(len(filing.additions)))

    def find(self, payload: Any) -> Any:
        wanted = text_of(payload, "ExternalId")
        numbers = [filing.number for filing in self.filings.by_external.get(wanted, [])]
        reply = make("FindAppealResponse")
        for number in numbers + self.added.get(wanted, []):
            etree.SubElement(reply, f"{{{NS}}}Number").text = number
        return reply

    def list_changes(self, payload: Any) -> Any:
        since = datetime.fromisoformat(text_of(payload, "Since"))
        page, size = int(text_of(payload, "Page")), int(text_of(payload, "Size"))
        news = [change for at, change in self.changes if at >= since]
        reply = make("ListChangesResponse")
        reply.extend([etree.fromstring(etree.tostring(one)) for one in news[page * size : (page + 1) * size]])
        return reply

    def tell(self, filing: Filing, stage: Stage) -> None:
        change = etree.Element(f"{{{NS}}}Change", id=str(len(self.changes) + 1))
        later = filing.postponed_to and f"{filing.postponed_to.astimezone(UTC):%Y-%m-%d}"
        for name, text in (
            ("Number", filing.number), ("ExternalId", filing.external_id), ("State", WORDS[stage.state]),
            ("Result", RESULTS.get(stage.outcome)), ("At", filing.changed.isoformat()), ("Text", filing.text or None),
            ("Reason", filing.reason and filing.reason[1]),
            ("PostponedTo", later if stage.state == "postponed" else None),
        ):  # fmt: skip
            if text is not None:
                etree.SubElement(change, f"{{{TYPES}}}{name}").text = text
        if filing.reason:
            change.find(f"{{{TYPES}}}Reason").set("code", filing.reason[0])
        self.changes.append((filing.changed, change))

    def error(self) -> Response:
        return self.service.fault("BUSY")

    def count(self) -> dict[str, int]:
        return self.filings.count() | super().count()

    def pages(self) -> dict[str, Any]:
        return {"filings": self.filings.pages()}

    def close(self) -> None:
        self.filings.close()
        super().close()


def make(name: str, **texts: str) -> Any:
    made = etree.Element(f"{{{NS}}}{name}", nsmap={None: NS})
    for tag, text in texts.items():
        etree.SubElement(made, f"{{{NS}}}{tag}").text = text
    return made
