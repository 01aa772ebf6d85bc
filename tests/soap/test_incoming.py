"""Attacks on what partners send: none is read, none reaches the mapping, each is answered by a fault of its version."""

from collections.abc import Mapping
from typing import Any

import pytest
from lxml import etree

from adapters import registry
from adapters.contract import Reception, Request, Tools
from adapters.errors import Unverified
from adapters.soap.contract import open_contract
from adapters.soap.publishing import publish
from canonical.mapping import load
from tests.soap.samples import FILES, write_wsdl

OPEN = """version: 1
system: one
title: One
adapter: soap
roles: [channel]
zone: UTC
connect:
  wsdl: s/one.wsdl
  pin: {pin}
  incoming: {{security: {{by: none}}}}
in:
  appeal:
    source: {{format: xml}}
    webhook: {{operation: Do, reply: {{Number: {{fill: id}}}}}}
    id: Id
    fields: {{text: {{path: Text}}, created_at: {{const: "2026-01-01T00:00:00Z", formats: [iso]}}}}
unseen: ["*"]
"""
DO = """<xs:element name="Do"><xs:complexType><xs:sequence><xs:element name="Id" type="t:Id"/>
  <xs:element name="Text" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
  <xs:simpleType name="Id"><xs:restriction base="xs:string"><xs:maxLength value="9"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Short"><xs:restriction base="t:Id"><xs:maxLength value="2"/></xs:restriction></xs:simpleType>"""
SPACES = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
GOOD = '<Do xmlns="urn:t"><Id>a1</Id><Text>Темно</Text></Do>'


def build(twelve: str = "") -> Any:
    files = {"s/one.wsdl": write_wsdl(DO, twelve=twelve)}
    text = OPEN.format(pin=open_contract(files, "s/one.wsdl").pin)
    return registry.build(load(text, "systems/one.yaml"), Tools(str, lambda digest: b"", files=files))


def call(adapter: Any, body: str | bytes, **headers: str) -> Reception:
    content = body.encode() if isinstance(body, str) else body
    reception: Reception = adapter.read(Request("POST", "/soap/one", {}, headers, content))
    return reception


def wrap(payload: str, header: str = "", version: str = "1.1", before: str = "") -> str:
    head = f"<e:Header>{header}</e:Header>" if header else ""
    return f'{before}<e:Envelope xmlns:e="{SPACES[version]}">{head}<e:Body>{payload}</e:Body></e:Envelope>'


def read_fault(reception: Reception) -> tuple[str, str]:
    """(code, words)."""
    fault = etree.fromstring(reception.body)[0][0]
    codes = fault.findall("faultcode") or fault.findall(".//{*}Value")
    words = fault.findtext("faultstring") or fault.findtext(".//{*}Text")
    return codes[0].text.partition(":")[2], words


def test_a_good_call_becomes_a_document() -> None:
    reception = call(build(), wrap(GOOD))
    assert reception.status == 200
    (document,) = reception.documents
    assert (document.external_id, document.fault) == ("a1", None)
    assert etree.fromstring(reception.body)[0][0].findtext("{urn:t}Number") == "a1"


XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
ATTACKS: Mapping[str, str | bytes] = {
    "entity": wrap(GOOD, before='<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>').replace("Темно", "&x;"),
    "entities of entities": wrap(
        GOOD.replace("Темно", "&d;"),
        before='<!DOCTYPE e [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">'
        '<!ENTITY d "&c;&c;&c;&c;&c;&c;">]>',
    ),
    "external DTD": wrap(GOOD, before='<!DOCTYPE e SYSTEM "http://127.0.0.1:9/x.dtd">'),
    "parameter entity": wrap(GOOD, before='<!DOCTYPE e [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>'),
    "XInclude": wrap(GOOD.replace(
        "Темно", '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>')),
    "deep nesting": wrap("<a>" * 20_000 + "</a>" * 20_000),
    "a huge attribute": wrap(GOOD.replace("<Id>", f'<Id a="{"x" * 500_000}">')),
    "many attributes": wrap(GOOD.replace("<Id>", "<Id " + " ".join(f'a{n}="1"' for n in range(20_000)) + ">")),
    "an unknown type": wrap(GOOD.replace("<Id>", f'<Id {XSI} xsi:type="Nobody">')),
    "a type of elsewhere": wrap(GOOD.replace(
        "<Id>", f'<Id {XSI} xmlns:x="http://www.w3.org/2001/XMLSchema" xsi:type="x:anyType">')),
    "a schema of the caller": wrap(GOOD.replace(
        "<Do ", f'<Do {XSI} xsi:schemaLocation="urn:t http://127.0.0.1:9/mine.xsd" ').replace("Id>", "Other>")),
    "a narrower type that is broken": wrap(GOOD.replace("<Id>", f'<Id {XSI} xsi:type="Short">').replace("a1", "a12")),
    "nil": wrap(GOOD.replace("<Id>a1</Id>", f'<Id {XSI} xsi:nil="true"/>')),
    "a too long id": wrap(GOOD.replace("a1", "a" * 10)),
    "no id": wrap(GOOD.replace("<Id>a1</Id>", "")),
    "two bodies in one": wrap(GOOD + GOOD),
    "an empty body": wrap(""),
    "a reply as a request": wrap('<Done xmlns="urn:t"><Number>1</Number></Done>'),
    "another namespace": wrap(GOOD.replace("urn:t", "urn:other")),
    "another encoding": wrap(GOOD).encode("utf-16"),
    "bytes that are not of the encoding": wrap(GOOD).encode("cp1251"),
    "a zero": wrap(GOOD.replace("Темно", "a&#0;b")),
    "a processing instruction before": "<?xml-stylesheet href='file:///etc/passwd'?><a/>",
}  # fmt: skip
#: What a parser may take without harm: the same text in another encoding.
HARMLESS = {"another encoding"}


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks(name: str) -> None:
    reception = call(build(), ATTACKS[name])
    if name in HARMLESS:
        assert [document.external_id for document in reception.documents] == ["a1"]
        return
    assert (reception.status, list(reception.documents)) == (500, [])
    code, words = read_fault(reception)
    assert code == "Client"
    assert "root:" not in words
    assert len(reception.body) < 1000


def test_what_must_be_understood_and_is_not() -> None:
    header = '<a:Route xmlns:a="urn:a" e:mustUnderstand="1"/>'
    assert read_fault(call(build(), wrap(GOOD, header)))[0] == "MustUnderstand"
    assert call(build(), wrap(GOOD, header.replace('"1"', '"0"'))).status == 200


def test_faults_are_of_the_callers_version() -> None:
    twelve = build(twelve="12")
    assert call(twelve, wrap(GOOD, version="1.2")).content_type.startswith("application/soap+xml")
    refused = call(twelve, wrap("<a/>", version="1.2"))
    assert (refused.status, read_fault(refused)[0]) == (400, "Sender")
    assert read_fault(call(twelve, wrap(GOOD)))[0] == "VersionMismatch"
    assert call(twelve, "{", **{"content-type": "application/soap+xml"}).content_type.startswith("application/soap+xml")


def test_a_token_is_asked_for_before_the_body_is_looked_at() -> None:
    tools = Tools({"RECEPTION_USER": "a", "RECEPTION_PASSWORD": "b", "RECEPTION_INTAKE_PASSWORD": "c"}.__getitem__,
                  lambda digest: b"", files=FILES)  # fmt: skip
    text = FILES["systems/reception.yaml"].replace("{env: TSUR_URL_RECEPTION}", "http://127.0.0.1:9")
    reception = registry.build(load(text, "systems/reception.yaml"), tools)
    with pytest.raises(Unverified, match="no WS-Security header"):
        call(reception, wrap("<Nonsense/>"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("by: none", "by: nobody"), "unknown-choice"),
        (("security: {by: none}", ""), "missing-setting"),
        (("  incoming: {security: {by: none}}\n", ""), "missing-setting"),
        (("operation: Do,", "operation: Dont,"), "not-in-wsdl"),
        (("reply: {Number:", "reply: {Numbers:"), "not-in-wsdl"),
        (("reply: {Number: {fill: id}}", "reply: {}"), "not-in-wsdl"),
        (("id: Id", "id: Ident"), "not-in-wsdl"),
        (("{path: Text}", "{path: Words?}"), "not-in-wsdl"),
        (("wsdl: s/one.wsdl", "wsdl: s/two.wsdl"), "bad-contract"),
        (("pin: ", "pin: 0"), "bad-contract"),
    ],
)
def test_mistakes_are_found_before_start(change: tuple[str, str], code: str) -> None:
    files = {"s/one.wsdl": write_wsdl(DO)}
    text = OPEN.format(pin=open_contract(files, "s/one.wsdl").pin)
    assert registry.check(load(text, "systems/one.yaml"), files) == []
    assert change[0] in text
    found = registry.check(load(text.replace(*change), "systems/one.yaml"), files)
    assert code in {one.code for one in found}
    assert all(one.line > 1 and one.remedy for one in found)


def test_partners_are_given_every_file_of_the_contract() -> None:
    contract = open_contract(FILES, "systems/inspection/inspection.wsdl")
    shown = publish(contract, "", "https://us.example/soap/inspection") or b""
    assert b'schemaLocation="https://us.example/soap/inspection?wsdl=inspection.xsd"' in shown
    assert shown.count(b'location="https://us.example/soap/inspection"') == 1, "only the port that we serve"
    assert b"ShortText" in (publish(contract, "inspection.xsd", "") or b"")
    for name in ("../reception/reception.wsdl", "/etc/passwd", "inspection.yaml", "systems/inspection/inspection.xsd"):
        assert publish(contract, name, "") is None
