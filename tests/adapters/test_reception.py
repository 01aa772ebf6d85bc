"""A channel that speaks SOAP both ways: it calls us, and takes answers; with the shipped mapping itself."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from adapters.contract import Request, Tools
from adapters.errors import Unverified
from stand.server import Stand
from stand.soap.envelope import SOAP11, make_token, write_envelope
from stand.soap.reception import make
from tests.adapters.contract.delivers import DeliversSuite
from tests.adapters.contract.listens import Gateway, ListensSuite, wait_for
from tests.adapters.contract.subject import ChannelSubject, caught
from tests.soap.samples import FILES


class Reception(ChannelSubject):
    system = "reception"
    effect = "PutAnswer"
    idempotent, finds = True, False

    def text(self) -> str:
        return FILES["systems/reception.yaml"]

    def tools(self) -> Tools:
        return Tools(self.secrets.__getitem__, self.read_file, self.still_mine, self.record, files=FILES)

    def build(self, **settings: Any) -> Any:
        base = {"base_url": self.stand.url("reception"), "timeouts": {"total": "1.5s"}}
        return super().build(**base | settings)


def sign(body: bytes, password: str) -> bytes:
    """The same envelope with a token of now."""
    root = etree.fromstring(body)
    header = root.find(f"{{{SOAP11}}}Header")
    for node in list(header):
        header.remove(node)
    header.append(make_token("reception", password, datetime.now(UTC), os.urandom(16)))
    return bytes(etree.tostring(root))


class TestReception(DeliversSuite, ListensSuite):
    @pytest.fixture
    def subject(self, stand: Stand, gateway: Gateway) -> Iterator[Reception]:
        made = Reception(stand)
        gateway.reads.setdefault("reception", made.build().read)
        yield made
        made.close()

    def test_a_stranger_is_turned_away(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        """By a fault of WS-Security."""
        subject.control(wrong_proof=True)
        _, error = self.first(subject, listener, gateway, "l-3")
        assert isinstance(error, Unverified)
        assert error.status == 500
        assert b"faultcode>f:FailedAuthentication<" in error.body
        subject.control(wrong_proof=False)
        wait_for(lambda: gateway.receptions(), 8)

    def test_without_any_proof(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        request, _ = self.first(subject, listener, gateway, "l-4")
        bare = write_envelope(SOAP11, make("SubmitAppeal", Id="x"))
        error = caught(lambda: listener.read(replace(request, body=bare)))
        assert b"f:InvalidSecurity" in error.body  # type: ignore[attr-defined]

    def test_a_changed_body_is_noticed_or_kept(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        """A token covers no body; but with another message it is a stolen one."""
        request, _ = self.first(subject, listener, gateway, "l-5")
        error = caught(lambda: listener.read(replace(request, body=request.body.replace(b">l-5<", b">l-55<"))))
        assert "used before" in str(error)

    def test_an_oversized_call_is_kept_up_to_the_limit(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        """It is not: the caller is told, and has its message still."""
        request, _ = self.first(subject, listener, gateway, "l-6")
        reception = listener.read(replace(request, body=request.body + b" " * 70_000))
        assert (reception.status, list(reception.documents)) == (500, [])
        assert b"longer than 65536 bytes" in reception.body

    def test_garbage_from_a_known_caller_is_kept(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        """It is not: SOAP has faults for it."""
        request, _ = self.first(subject, listener, gateway, "l-7")
        entity = b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"
        for body in (b"", b"\xff\xfe{<", entity, b"[" * 50_000, b"<a/>"):
            reception = listener.read(replace(request, body=body))
            assert (reception.status, list(reception.documents)) == (500, [])
            assert b"faultcode>soap:Client<" in reception.body
            assert b"root:" not in reception.body

    def test_the_reply_says_under_which_id_it_is_kept(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        _, reception = self.first(subject, listener, gateway, "l-8")
        reply = etree.fromstring(reception.body)[0][0]
        assert [(etree.QName(child).localname, child.text) for child in reply] == [("Accepted", "true"), ("Id", "l-8")]

    def test_what_the_wsdl_does_not_take_is_a_fault_with_its_place(
        self, subject: Any, listener: Any, gateway: Gateway
    ) -> None:
        request, _ = self.first(subject, listener, gateway, "l-9")
        password = subject.secrets["RECEPTION_INTAKE_PASSWORD"]
        for old, new, why in (
            (b"Created>", b"Made>", b"SubmitAppeal/Made"),
            (b"SubmitAppeal", b"DropAppeal", b"no operation with the message `DropAppeal`"),
        ):
            body = sign(request.body.replace(old, new), password)
            reception = listener.read(replace(request, body=body))
            assert reception.status == 500
            assert why in reception.body

    def test_a_stale_token(self, subject: Any, listener: Any, gateway: Gateway) -> None:
        subject.control(clock_skew=-400)
        _, error = self.first(subject, listener, gateway, "l-10")
        assert b"f:MessageExpired" in error.body
        subject.control(clock_skew=0)
        wait_for(lambda: gateway.receptions(), 8)

    def test_the_wsdl_is_shown(self, subject: Any, listener: Any) -> None:
        request = Request("GET", "/soap/reception", {"wsdl": ""}, {}, b"")
        assert b"SubmitAppeal" in listener.read(request).body
        assert listener.read(replace(request, query={"wsdl": "../../../etc/passwd"})).status == 404
        assert listener.read(replace(request, query={})).status == 404
