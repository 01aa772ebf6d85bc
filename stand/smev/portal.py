"""A portal behind the exchange: residents' appeals arrive as requests, and our answers go back as responses."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand.answers import Told
from stand.channel import Channel, ChannelSwitches
from stand.deposits import Deposits
from stand.feed import Appeal
from stand.smev.business import APPEALS, check_content
from stand.smev.exchange import Exchange
from stand.smev.fault import Fault
from stand.smev.message import Sent, make_uuid, write_request
from stand.smev.names import Names, element, local, text_of
from stand.smev.queues import Queued
from stand.smev.switches import SmevSwitches

#: Whose queue the portal's requests go to: the name of the gateway's certificate among the registered senders.
GATEWAY = "gateway"
KINDS = {"REGISTERED": "status", "IN_WORK": "interim", "POSTPONED": "interim"}


class PortalSwitches(SmevSwitches, ChannelSwitches):
    contract: str = "1.2"
    node: str = ""  # NodeID that the gateway's queue is divided by


class SmevPortal(Channel):
    name = "smev_portal"
    switch_kind = PortalSwitches
    switches: PortalSwitches

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.exchange = Exchange(self.name, self.book, lambda: self.switches, self.take_response)
        self.deposits = Deposits(self.book)
        self.asked: dict[str, str] = {}  # MessageID of a request → the appeal it carried

    def routes(self) -> list[Route]:
        return [
            Route("/ws", self.exchange.answer, methods=["POST"]),
            Route("/certificate", self.show_certificate),
            Route("/ftp", self.exchange.show_ftp),
        ]

    async def show_certificate(self, request: Request) -> Response:
        """What the exchange signs with, for a caller's trust store."""
        return Response(self.exchange.signer.certificate.pem, media_type="application/x-pem-file")

    def take(self, appeal: Appeal, concurrency: int) -> None:
        self.appeals[appeal.id] = appeal
        self.book.note("appeal", id=appeal.id, files=appeal.show_files())
        names, id = Names(self.switches.contract), make_uuid()
        files = {self.exchange.name_file(one): content for one, content in show_files(appeal).items()}
        headers, inside = self.exchange.pack(names, files)
        content = write_request(names, id, show(appeal, list(files)), self.name, f"{self.name}/{id}", headers)
        self.asked[id] = appeal.id
        self.exchange.request(GATEWAY, Queued(id, content, inside, APPEALS, "Appeal", self.switches.node))

    def take_response(self, sent: Sent) -> None:
        """Answers are told apart by their words: the same ones under two MessageIDs are one answer too many."""
        id = self.asked.get(text_of(sent.data, "To").removeprefix(f"{self.name}/"))
        if id is None:
            raise Fault("RecipientIsNotFound")
        if local(sent.content) == "RequestRejected":
            words = text_of(sent.content, "RejectionReasonDescription")
            self.tell(Told(id, "final", words, "rejected"))
        elif local(sent.content) == "RequestStatus":
            self.tell(Told(id, "status", text_of(sent.content, "StatusDescription"), "", sent.id))
        elif sent.type == (APPEALS, "AppealAnswer"):
            check_content(sent.content)
            state = text_of(sent.content, "State")
            outcome = text_of(sent.content, "Outcome").lower()
            for file, content in sent.files.items():
                self.deposits.put(id, f"{sent.id}#{file}", file, content)
            self.tell(Told(id, KINDS.get(state, "final"), text_of(sent.content, "Text"), outcome))
        else:
            raise Fault("IncorrectResponseContentType")

    def close(self) -> None:
        self.exchange.close()
        super().close()

    def count(self) -> dict[str, int]:
        taken = len(self._list_acknowledged() & self.asked.keys())
        sent = {"sent": len(self.appeals), "acknowledged": taken, "attempts": taken}
        return {**sent, **self.answers.count(), **self.deposits.count(), **self.book.tally}

    def pages(self) -> dict[str, Any]:
        taken = self._list_acknowledged()
        sent = {appeal: {"acknowledged": int(id in taken)} for id, appeal in self.asked.items()}
        return super().pages() | self.deposits.pages() | {"sent": sent}

    def _list_acknowledged(self) -> set[str]:
        return {one["id"] for one in self.book.effects if one["effect"] == "acknowledged"}


def show_files(appeal: Appeal) -> dict[str, bytes]:
    return {f"file-{place}": appeal.content_of(upload) for place, upload in enumerate(appeal.files, 1)}


def show(appeal: Appeal, files: list[str]) -> Any:
    """`files`: under which names they travel."""
    person = [("Name", appeal.name), ("Phone", appeal.phone), ("Email", appeal.email)]
    told = [element(APPEALS, tag, text=value) for tag, value in person if value]
    point = None
    if appeal.lat is not None and appeal.lon is not None:
        point = element(APPEALS, "Point", lat=str(appeal.lat), lon=str(appeal.lon))
    return element(
        APPEALS,
        "Appeal",
        element(APPEALS, "ExternalNumber", text=appeal.id),
        element(APPEALS, "Topic", text=appeal.category) if appeal.category else None,
        element(APPEALS, "Text", text=appeal.text),
        element(APPEALS, "Address", text=appeal.address) if appeal.address else None,
        point,
        element(APPEALS, "CreatedAt", text=appeal.created_at.isoformat()),
        element(APPEALS, "Applicant", *told) if told else None,
        *(
            element(APPEALS, "File", element(APPEALS, "Name", text=upload.name), element(APPEALS, "Content", text=id))
            for id, upload in zip(files, appeal.files, strict=True)
        ),
    )
