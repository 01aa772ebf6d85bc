"""A partner that calls us by SOAP, through real processes: recorded before the reply, answered and refused by SOAP."""

import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGKILL
from typing import Any

import httpx
import pytest
import zeep
from zeep.exceptions import Fault
from zeep.wsse.username import UsernameToken

from stand.accounts import account
from stand.soap.envelope import SOAP11, make_token, write_envelope
from stand.soap.reception import make
from tests.flow.house import ROOT, House, assert_whole, open_house

BINDING = "{urn:reception}Gateway"


def connect(house: House, password: str) -> Any:
    """zeep as the partner's client, built from the WSDL that we serve."""
    where = f"{house.stage.gateway}/soap/reception"
    client = zeep.Client(f"{where}?wsdl", wsse=UsernameToken("reception", password, use_digest=True))
    return client.create_service(BINDING, where)


def test_a_partner_calls_us_and_its_resident_is_answered(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        house.send({"id": "r1", "channel": "reception", "text": "Не горит фонарь, Надым, Зверева 11",
                    "name": "Пяк Олег", "phone": "+79220001133"})  # fmt: skip
        partner = connect(house, account("RECEPTION_INTAKE_PASSWORD"))
        told = partner.SubmitAppeal(Id="z1", Created="2026-02-01T03:05:00+05:00", Text="Яма, Надым, Полярная 2")
        assert (told.Accepted, told.Id) == (True, "z1")
        house.wait(lambda: house.documents("reception") == 2, "both are in the ledger")
        again = partner.SubmitAppeal(Id="z1", Created="2026-02-01T03:05:00+05:00", Text="Яма, Надым, Полярная 2")
        assert again.Id == "z1"
        assert house.documents("reception") == 2, "a redelivery is no second document"
        packed = pack_call("z3", account("RECEPTION_INTAKE_PASSWORD"))
        assert ">z3<" in house.web.post("/soap/reception", content=packed, headers=PACKED).text
        assert_fault(house.web.post("/soap/reception", content=packed[:-9], headers=PACKED), "Client", "cut off")
        assert house.documents("reception") == 3
        with pytest.raises(Fault, match="wrong user or password"):
            connect(house, "guess").SubmitAppeal(Id="z2", Created="2026-02-01T03:05:00+05:00", Text="x")
        lost = house.web.post("/soap/nobody", content=b"<a/>", headers={"content-type": "text/xml"})
        assert_fault(lost, "Client", "no system")
        assert house.web.get("/soap/nobody?wsdl").status_code == 404
        house.wait(lambda: house.finals("reception", "r1"), "the resident is answered")
        assert house.documents("reception") == 3
        assert "everything is accounted for" in house.tsur("reconcile")


PACKED = {"content-type": 'multipart/related; type="application/xop+xml"; start-info="text/xml"; boundary="cut-here"'}


def pack_call(id: str, password: str) -> bytes:
    """As a stack with MTOM on sends it, also where there is no file."""
    payload = make("SubmitAppeal", Id=id, Created="2026-02-01T03:05:00+05:00", Text="Яма, Надым, Полярная 3")
    token = make_token("reception", password, datetime.now(UTC), os.urandom(16))
    head = b"--cut-here\r\nContent-Type: application/xop+xml\r\nContent-ID: <root@x>\r\n\r\n"
    return head + write_envelope(SOAP11, payload, token) + b"\r\n--cut-here--\r\n"


def assert_fault(reply: httpx.Response, code: str, words: str) -> None:
    assert reply.status_code == 500
    assert reply.headers["content-type"].startswith("text/xml")
    assert f"<faultcode>soap:{code}</faultcode>" in reply.text
    assert words in reply.text


def route_to_inspection(folder: Path) -> Path:
    """The demo's mappings; what one recipient alone would get goes to the inspection."""
    made = shutil.copytree(ROOT / "mappings", folder / "mappings")
    routes = made / "routes.yaml"
    text = re.sub(r"to: (teplo|nadym|ministry)\b", "to: inspection", routes.read_text("utf-8"))
    routes.write_text(text, "utf-8")
    return made


def test_faults_and_kills_on_soap_lanes_lose_and_double_nothing(tmp_path: Path) -> None:
    """Judged by the inspection's own book: an external id that was registered twice is a doubled filing."""
    with open_house(tmp_path, mappings=route_to_inspection(tmp_path)) as house:
        house.switch("inspection", **{
            name: {"share": 0.08, "match": "RegisterAppeal"}
            for name in ("busy", "crash", "reset", "fail", "commit_then_reset", "malformed")
        })  # fmt: skip
        expected = house.send_demo()
        for answered in (10, 60):
            house.wait(lambda seen=answered: house.answered() >= seen, f"{answered} answered")  # type: ignore[misc]
            house.signal(SIGKILL, "worker-1", "web")
        house.settle(expected)
        assert_whole(house.judge(), expected)
        counts = house.stage.read_books()["inspection"]
        assert counts["filings"] > 40
        assert counts["duplicates"] == 0
        assert counts["fault: malformed"] + counts["fault: commit_then_reset"] > 0
