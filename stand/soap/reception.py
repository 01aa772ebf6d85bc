"""A deputies' reception: it calls us by SOAP when somebody wrote, and takes answers by SOAP under its other service."""

import os
from pathlib import Path
from typing import Any

from lxml import etree
from starlette.responses import Response
from starlette.routing import Route

from stand.accounts import account
from stand.answers import Told
from stand.channel import Channel, ChannelSwitches
from stand.feed import Appeal
from stand.soap.envelope import SOAP11, SoapFault, make_token, media_type, write_envelope
from stand.soap.service import Service, SoapSwitches, text_of

NS = "urn:reception"
KINDS = {"STATUS": "status", "INTERIM": "interim", "FINAL": "final"}


class ReceptionSwitches(ChannelSwitches, SoapSwitches):
    pass


class Reception(Channel):
    name = "reception"
    switch_kind = ReceptionSwitches
    switches: ReceptionSwitches
    intake = "/soap"

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.ordinals: dict[str, int] = {}  # by the sender's Ref
        self.service = Service("reception.wsdl", lambda: self.switches, self.login, {"PutAnswer": self.put})

    def routes(self) -> list[Route]:
        return [Route("/ws", self.service.answer, methods=["POST"]), Route("/ws", self.service.show)]

    def login(self) -> tuple[str, str]:
        return account("RECEPTION_USER"), account("RECEPTION_PASSWORD")

    def form(self, appeal: Appeal) -> tuple[dict[str, str], bytes]:
        texts = {
            "Id": appeal.id, "Created": appeal.created_at.isoformat(), "Name": appeal.name, "Phone": appeal.phone,
            "Address": appeal.address, "Text": appeal.text,
        }  # fmt: skip
        payload = make("SubmitAppeal", **{name: text for name, text in texts.items() if text is not None})
        token = make_token("reception", self.prove("RECEPTION_INTAKE_PASSWORD"), self.now(), os.urandom(16))
        headers = {"Content-Type": media_type(SOAP11), "SOAPAction": '"urn:reception:SubmitAppeal"'}
        return headers, write_envelope(SOAP11, payload, token)

    def put(self, payload: Any) -> Any:
        """The same Ref again is the same answer."""
        id, ref = text_of(payload, "Id"), text_of(payload, "Ref")
        if id not in self.appeals:
            raise SoapFault("Client", "Нет такого обращения", {"Code": "NOT_FOUND"})
        if ref in self.ordinals:
            self.book.tally["repeats"] += 1
        else:
            kind = KINDS[text_of(payload, "Kind")]
            told = Told(id, kind, text_of(payload, "Text"), text_of(payload, "Outcome").lower(), ref)
            self.ordinals[ref] = self.tell(told)
        return make("PutAnswerResponse", Ordinal=str(self.ordinals[ref]))

    def error(self) -> Response:
        return self.service.fault("BUSY")


def make(name: str, **texts: str) -> Any:
    made = etree.Element(f"{{{NS}}}{name}", nsmap={None: NS})
    for tag, text in texts.items():
        etree.SubElement(made, f"{{{NS}}}{tag}").text = text
    return made
