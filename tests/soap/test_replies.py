"""What a service answers, hostile or only odd: never a success unless it is the reply that the WSDL promises."""

from dataclasses import replace
from typing import Any

import pytest

from adapters import registry
from adapters.contract import Tools
from adapters.errors import AdapterError, Refused, Unavailable, Unknown
from canonical.delivery import AppealView, CaseView, Delivery, Scope
from canonical.mapping import load
from tests.adapters.scripted import answering, reply, talking
from tests.soap.samples import FILES

NS11, NS12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
DONE = (
    '<RegisterAppealResponse xmlns="urn:inspection"><Number>{0}</Number>'
    "<RegisteredAt>2026-02-01T00:00:00Z</RegisteredAt></RegisterAppealResponse>"
)
SECRETS = {"INSPECTION_USER": "u", "INSPECTION_PASSWORD": "p"}


def wrap(body: str, space: str = NS11) -> bytes:
    return f'<e:Envelope xmlns:e="{space}"><e:Body>{body}</e:Body></e:Envelope>'.encode()


def deliver(*replies: bytes, faults: str = "", ask: bool = False) -> Any:
    """The receipt, or the error; with `ask`, of the question whether it arrived."""
    text = FILES["systems/inspection.yaml"].replace('version: "1.1"', 'version: "1.1"\n  timeouts: {total: 2s}')
    rules = "faults: {code: InspectionFault/Code, retry: [BUSY], permanent: [CLOSED, NOT_FOUND]}"
    assert rules in text
    mapping = load(text.replace(rules, faults or rules), "systems/inspection.yaml")
    case, appeal = CaseView(id="c", state="routed", text="Яма"), AppealView(id="a", system="x", external_id="e")
    scope = Scope(delivery_id="d1", intent="forward", system="inspection", case=case, appeal=appeal)
    with talking(answering(*replies)) as base:
        tools = Tools(SECRETS.__getitem__, lambda digest: b"", files=FILES)
        settings = dict(mapping.settings) | {"base_url": base}
        adapter: Any = registry.build(replace(mapping, settings=settings), tools)
        delivery = Delivery(id="d1", system="inspection", intent="forward", plan=mapping.render("forward", scope))
        try:
            return adapter.find(delivery) if ask else adapter.deliver(delivery)
        except AdapterError as error:
            return error
        finally:
            adapter.close()


def test_the_promised_reply() -> None:
    assert deliver(reply(wrap(DONE.format("17")))).number == "17"


def test_a_reply_that_omits_what_its_schema_demands_is_read() -> None:
    bare = '<RegisterAppealResponse xmlns="urn:else"><Odd/><Number>17</Number></RegisterAppealResponse>'
    assert deliver(reply(wrap(bare))).number == "17"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Welcome</body></html>",
        b'{"Number": "17"}',
        DONE.format("17").encode(),
        b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>" + DONE.format("&x;").encode(),
        b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>" + wrap(DONE.format("&x;")),
        b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'>" + wrap(DONE.format("17")),
        wrap('<ListChangesResponse xmlns="urn:inspection"/>'),
        wrap(""),
        wrap(DONE.format("")),
        wrap("<a>" * 5000 + "</a>" * 5000),
        wrap(DONE.format("17"))[:-30],
        wrap(DONE.format("17")) * 2,
        wrap(DONE.format("17"), "urn:another"),
    ],
)
def test_anything_else_is_not_known(body: bytes) -> None:
    assert isinstance(deliver(reply(body)), Unknown)


def fault(code: str, detail: str = "", space: str = NS11) -> bytes:
    if space == NS12:
        side, _, sub = code.partition("/")
        below = f"<e:Subcode><e:Value>x:{sub}</e:Value></e:Subcode>" if sub else ""
        inside = f"<e:Code><e:Value>e:{side}</e:Value>{below}</e:Code><e:Reason><e:Text>Пяк Олег</e:Text></e:Reason>"
        return wrap(f"<e:Fault>{inside}<e:Detail>{detail}</e:Detail></e:Fault>", space)
    inside = f"<faultcode>e:{code}</faultcode><faultstring>Пяк Олег</faultstring>"
    return wrap(f"<e:Fault>{inside}<detail>{detail}</detail></e:Fault>")


def told(code: str) -> str:
    return f'<InspectionFault xmlns="urn:inspection"><Code>{code}</Code></InspectionFault>'


@pytest.mark.parametrize("status", ["200 OK", "500 Internal Server Error", "400 Bad Request"])
@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (fault("Server"), Unknown, ""),
        (fault("Receiver", space=NS12), Unknown, ""),
        (fault("Whatever"), Unknown, ""),
        (fault("Client"), Refused, "Client"),
        (fault("Client.Text"), Refused, "Client.Text"),
        (fault("Sender/BadText", space=NS12), Refused, "BadText"),
        (fault("VersionMismatch"), Refused, "VersionMismatch"),
        (fault("MustUnderstand"), Refused, "MustUnderstand"),
        (fault("FailedAuthentication"), Unavailable, ""),
        (fault("Sender/FailedAuthentication", space=NS12), Unavailable, ""),
        (fault("Server", told("BUSY")), Unavailable, ""),
        (fault("Client", told("BUSY")), Unavailable, ""),
        (fault("Server", told("CLOSED")), Refused, "CLOSED"),
        (fault("Receiver", told("CLOSED"), NS12), Refused, "CLOSED"),
        (fault("Server", told("ODD")), Unknown, ""),
        (fault(""), Unknown, ""),
    ],
)
def test_faults(body: bytes, kind: type[AdapterError], code: str, status: str) -> None:
    error = deliver(reply(body, status))
    assert type(error) is kind
    assert "Пяк" not in str(error)
    if isinstance(error, Refused):
        assert error.code == code


def test_a_question_is_only_put_off_by_a_fault_of_the_server() -> None:
    assert isinstance(deliver(reply(fault("Server"), "500 no"), ask=True), Unavailable)


def test_the_system_says_when_to_come_back() -> None:
    error = deliver(reply(fault("Server", told("BUSY")), "503 busy", "Retry-After: 7"))
    assert error.retry_after == 7


def test_whose_server_fault_means_that_nothing_was_done() -> None:
    assert isinstance(deliver(reply(fault("Server")), faults="faults: {retry: [Server]}"), Unavailable)
    by_name = "faults: {permanent: [InspectionFault]}"
    assert isinstance(deliver(reply(fault("Server", told("X"))), faults=by_name), Refused)


PACKAGE = 'Content-Type: multipart/related; type="application/xop+xml"; boundary="cut"; start="<root@x>"'


def pack(body: bytes, *parts: bytes, end: bytes = b"\r\n--cut--\r\n") -> bytes:
    root = b"Content-Type: application/xop+xml\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <root@x>\r\n\r\n"
    return b"\r\n--cut\r\n".join([b"", root + body, *parts]) + end


def include(name: str) -> str:
    return f'<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:{name}"/>'


def test_a_reply_in_parts_is_the_promised_one() -> None:
    """As CXF and WCF answer once MTOM is switched on, also where there is nothing to attach."""
    assert deliver(reply(pack(wrap(DONE.format("17"))), "200 OK", PACKAGE)).number == "17"
    other = b"Content-ID: <n@x>\r\n\r\n\x01\r\n\r--cu\r\n"
    assert (
        deliver(reply(pack(wrap(DONE.format(include("n%40x"))), other), "200 OK", PACKAGE)).number == "AQ0KDS0tY3UNCg=="
    )


@pytest.mark.parametrize("body", [
    pack(wrap(DONE.format(include("n@x")))),
    pack(wrap(DONE.format("17")), end=b""),
    pack(wrap(DONE.format(include("n@x") * 2)), b"Content-ID: <n@x>\r\n\r\n1"),
    pack(b""),
    b"--cut--",
    b"",
    wrap(DONE.format("17")),
], ids=["a missing part", "cut off", "named twice", "an empty root", "no part", "nothing", "no package"])  # fmt: skip
def test_a_broken_package_is_no_success(body: bytes) -> None:
    assert isinstance(deliver(reply(body, "200 OK", PACKAGE), ask=False), Unknown)


def test_a_fault_in_parts_is_a_fault() -> None:
    fault = "<e:Fault><faultcode>e:Client</faultcode><faultstring>no</faultstring></e:Fault>"
    assert isinstance(deliver(reply(pack(wrap(fault)), "500 Oops", PACKAGE)), Refused)
