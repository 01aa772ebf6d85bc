"""Contracts: read without a disk or a network, refused when they ask for either, the same as zeep reads them."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree

from adapters.bodies import to_tree
from adapters.soap.contract import open_contract
from adapters.soap.message import build_request
from adapters.soap.schema import Misfit
from adapters.soap.shelf import BadContract
from tests.soap.samples import FILES, INSPECTION, MAPPINGS, open_one, write_wsdl

TEXT = '<xs:element name="Do"><xs:complexType><xs:sequence>{0}</xs:sequence></xs:complexType></xs:element>'

GROUP = '<xs:group name="G"><xs:sequence>{}</xs:sequence></xs:group>'


def build(contract: Any, content: Any, operation: str = "Do") -> Any:
    return build_request(contract, contract.operation(operation), to_tree("", content))[0][0]


def names(element: Any) -> list[str]:
    return [etree.QName(child).localname for child in element]


@pytest.mark.parametrize("wsdl", ["inspection/inspection.wsdl", "reception/reception.wsdl"])
def test_zeep_finds_the_same_operations(wsdl: str) -> None:
    theirs = zeep.Client(str(MAPPINGS / "systems" / wsdl)).wsdl
    for service in theirs.services.values():
        for port in service.ports.values():
            ours = open_contract(FILES, f"systems/{wsdl}", service.name, port.name)
            assert set(ours.operations) == set(port.binding._operations)
            for name, one in port.binding._operations.items():
                assert ours.operations[name].action == one.soapaction
                assert ours.operations[name].request.tag == one.input.body.qname.text


def test_a_message_of_ours_is_one_of_zeep(tmp_path: Path) -> None:
    """The same values, written by the other reader of the same contract."""
    ours = open_contract(FILES, INSPECTION)
    content = {"Since": "2026-02-01T00:00:00Z", "Page": "1", "Size": "20"}
    client = zeep.Client(str(MAPPINGS / INSPECTION))
    theirs = client.create_message(client.service, "ListChanges", Since="2026-02-01T00:00:00Z", Page=1, Size=20)
    made = [etree.tostring(body, method="c14n2", strip_text=True) for body in (
        build(ours, dict(reversed(content.items())), "ListChanges"), theirs[0][0],
    )]  # fmt: skip
    plain = [etree.fromstring(one) for one in made]
    assert [(n.tag, n.text) for n in plain[0].iter()] == [(n.tag, n.text) for n in plain[1].iter()]


def test_order_and_namespaces_are_the_schemas_business() -> None:
    contract = open_contract(FILES, INSPECTION)
    appeal = {
        "Residents": "2", "Text": "Темно", "Topic": {}, "Opened": "2026-02-01T00:00:00Z", "ExternalId": "d1",
        "@urgent": True, "Attachment": [{"Content": "QQ==", "Name": "a"}, {"Content": "", "Name": "b"}],
    }  # fmt: skip
    made = build(contract, {"Appeal": appeal}, "RegisterAppeal")[0]
    assert names(made) == ["ExternalId", "Opened", "Topic", "Text", "Residents", "Attachment", "Attachment"]
    assert made.tag == "{urn:inspection}Appeal"
    assert made[0].tag == "{urn:inspection:types}ExternalId"
    assert made[2].get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"
    assert [child.text for child in made.findall("{*}Attachment/{*}Name")] == ["a", "b"]
    assert made.get("urgent") == "true"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"Text": ""}, "RegisterAppeal/Appeal/Text: too short"),
        ({"Text": "а" * 4001}, "RegisterAppeal/Appeal/Text: too long"),
        ({"Residents": "много"}, "RegisterAppeal/Appeal/Residents: not of its type"),
        ({"Residents": "0"}, "RegisterAppeal/Appeal/Residents: not of its type"),
        ({"Phone": "1"}, "RegisterAppeal/Appeal/Phone: no such element"),
        ({"@phone": "1"}, "RegisterAppeal/Appeal/@phone: no such attribute"),
        ({"Text": "a\x00b"}, "RegisterAppeal/Appeal/Text: a sign that XML cannot carry"),
        ({"Due": ["2026-01-01", "2026-01-02"]}, "missing, unknown or too many"),
    ],
)
def test_what_does_not_fit_is_named_without_its_value(change: dict[str, Any], where: str) -> None:
    contract = open_contract(FILES, INSPECTION)
    good = {"ExternalId": "d", "Opened": "2026-02-01T00:00:00Z", "Topic": "t", "Text": "Темно", "Residents": "1"}
    with pytest.raises(Misfit) as caught:
        build(contract, {"Appeal": good | change}, "RegisterAppeal")
    assert where in str(caught.value)
    assert "много" not in str(caught.value)


@pytest.mark.parametrize(
    ("schema", "content", "expected"),
    [
        ('<xs:choice><xs:element name="A"/><xs:element name="B"/></xs:choice>', {"B": "1"}, ["B"]),
        (
            '<xs:choice maxOccurs="9"><xs:element name="A"/><xs:element name="B"/></xs:choice><xs:element name="C"/>',
            {"C": "3", "B": ["1", "2"], "A": "0"},
            ["B", "B", "A", "C"],
        ),
        (
            '<xs:sequence><xs:element name="A" type="xs:int"/></xs:sequence><xs:any processContents="skip"/>',
            {"Odd": {"@xmlns": "urn:odd", "In": "1"}, "A": "1"},
            ["A", "Odd"],
        ),
        ('<xs:element ref="t:Top"/><xs:group ref="t:G"/>', {"A": "1", "Top": "2"}, ["Top", "A"]),
        ('<xs:element name="A" type="t:Longer"/>', {"A": {"Two": "2", "One": "1", "@kind": "k"}}, ["A"]),
        ('<xs:element name="A" type="t:Base"/>', {"A": {"@xsi:type": "Longer", "One": "1", "Two": "2"}}, ["A"]),
    ],
    ids=["choice", "repeated choice", "any", "ref and group", "extension", "xsi:type"],
)
def test_shapes_of_schemas(schema: str, content: dict[str, Any], expected: list[str]) -> None:
    more = """<xs:element name="Top" type="xs:string"/>
      <xs:group name="G"><xs:sequence><xs:element name="A" type="xs:string"/></xs:sequence></xs:group>
      <xs:complexType name="Base"><xs:sequence><xs:element name="One" type="xs:string"/></xs:sequence></xs:complexType>
      <xs:complexType name="Longer"><xs:complexContent><xs:extension base="t:Base"><xs:sequence>
        <xs:element name="Two" type="xs:string"/></xs:sequence><xs:attributeGroup ref="t:AG"/>
      </xs:extension></xs:complexContent></xs:complexType>
      <xs:attributeGroup name="AG"><xs:attribute name="kind" type="xs:string"/></xs:attributeGroup>"""
    assert names(build(open_one(write_wsdl(TEXT.format(schema) + more)), content)) == expected


def test_threads_are_told_their_own_mistakes() -> None:
    contract = open_contract(FILES, INSPECTION)

    def find(place: int) -> str:
        wrong = {"ExternalId": "d"} if place % 2 else {"Number": "1", "ExternalId": "d", "Text": "", "Residents": "1"}
        try:
            build(contract, wrong, ("AddToAppeal", "FindAppeal")[place % 2])
        except Misfit as misfit:
            return misfit.where
        return ""

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(find, range(400))) == ["AddToAppeal/Text", ""] * 200


def test_headers_that_the_wsdl_declares() -> None:
    header = '<xs:element name="Session"><xs:complexType><xs:sequence><xs:element name="Key" type="xs:string"/>'
    schema = f"{TEXT.format('')}{header}</xs:sequence></xs:complexType></xs:element>"
    wsdl = (
        write_wsdl(schema)
        .replace(
            '<input><soap:body use="literal"',
            '<input><soap:header message="t:Head" part="s" use="literal"/><soap:body use="literal"',
        )
        .replace(
            '<message name="Out">',
            '<message name="Head"><part name="s" element="t:Session"/></message><message name="Out">',
        )
    )
    contract = open_one(wsdl)

    def send(content: Any) -> Any:
        return build_request(contract, contract.operation("Do"), to_tree("", {}), to_tree("", content))

    made = send({"Session": {"Key": "k"}})
    assert made[0][0].tag == "{urn:t}Session"
    assert made[0][0][0].text == "k"
    with pytest.raises(Misfit, match="Ticket: no such element in the SOAP header"):
        send({"Ticket": "1"})


def test_rpc_parts_have_no_namespace() -> None:
    wsdl = write_wsdl("", '<part name="a" type="xs:int"/><part name="b" type="xs:string"/>', "rpc")
    made = build(open_one(wsdl), {"b": "x", "a": "1"})
    assert (made.tag, [child.tag for child in made]) == ("{urn:t}Do", ["a", "b"])
    with pytest.raises(Misfit, match="Do/a: not of its type"):
        build(open_one(wsdl), {"b": "x", "a": "one"})


def test_types_that_hold_themselves() -> None:
    schema = (
        TEXT.format('<xs:element name="Node" type="t:Node"/>')
        + """<xs:complexType name="Node"><xs:sequence>
      <xs:element name="Node" type="t:Node" minOccurs="0"/></xs:sequence></xs:complexType>"""
    )
    made = build(open_one(write_wsdl(schema)), {"Node": {"Node": {"Node": {}}}})
    assert len(list(made.iter())) == 4


IMPORT = '<xs:schema targetNamespace="urn:t"><xs:{0} schemaLocation="{1}"/>{2}</xs:schema>'
DONE = '<xs:element name="Do" type="xs:string"/><xs:element name="Done" type="xs:string"/>'


def test_an_included_schema_takes_the_namespace() -> None:
    chameleon = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{DONE}</xs:schema>'
    wsdl = write_wsdl(whole=IMPORT.format("include", "more.xsd", ""))
    assert open_one(wsdl, more__xsd=chameleon).operation("Do").request.tag == "{urn:t}Do"  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["import", "include"])
@pytest.mark.parametrize(
    "location",
    ["/etc/passwd", "file:///etc/passwd", "../other/x.xsd", "http://127.0.0.1:1/x.xsd", "//host/x.xsd", "absent.xsd",
     "%2e%2e/other/x.xsd", "..%2fother/x.xsd", "ftp://host/x", "\\\\host\\x.xsd"],
)  # fmt: skip
def test_nothing_outside_the_folder_is_opened(kind: str, location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a contract asked for the network or the disk")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    wsdl = write_wsdl(whole=IMPORT.format(kind, location, DONE))
    files = {"s/one.wsdl": wsdl, "other/x.xsd": "<x/>"}
    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("io.open", refuse)
    with pytest.raises(BadContract):
        open_contract(files, "s/one.wsdl")


@pytest.mark.parametrize(
    ("wsdl", "why"),
    [
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>" + write_wsdl(TEXT.format("")), "has a DTD"),
        ("<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x'>" + write_wsdl(TEXT.format("")), "has a DTD"),
        (write_wsdl(TEXT.format("")).replace("<types>", '<types><i:include xmlns:i="http://www.w3.org/2001/XInclude"'
                                             ' href="file:///etc/passwd"/>'), "XInclude"),
        ("<a>" * 100_000, "is not XML"),
        ("<a/>", "no WSDL 1.1"),
        (write_wsdl(TEXT.format('<xs:group ref="t:G"/>') + GROUP.format('<xs:group ref="t:G"/>')), "holds itself"),
        (write_wsdl(TEXT.format('<xs:element ref="t:A"/>') + '<xs:element name="A" substitutionGroup="t:B"/>'
                    + '<xs:element name="B" substitutionGroup="t:A"/>'), "holds itself"),
        ("", "is not XML"),
        (write_wsdl(TEXT.format(""), use="encoded"), "only `literal`"),
        (write_wsdl(""), "no schema declares the element `Do`"),
        (write_wsdl(TEXT.format('<xs:element name="A" type="t:Nobody"/>')), "no schema declares the type `Nobody`"),
        (write_wsdl(TEXT.format('<xs:element name="A" type="q:Nobody"/>')), "the prefix `q` is not declared"),
        (write_wsdl(TEXT.format('<xs:element name="A" maxOccurs="many"/>')), "no usable WSDL"),
    ],
)  # fmt: skip
def test_bad_contracts_say_why(wsdl: str, why: str) -> None:
    with pytest.raises(BadContract, match=why):
        open_one(wsdl)


def test_the_pin_tells_every_change_and_no_place() -> None:
    contract = open_contract(FILES, INSPECTION)
    moved = {path.replace("systems/", "else/"): text for path, text in FILES.items()}
    assert open_contract(moved, INSPECTION.replace("systems/", "else/")).pin == contract.pin
    changed = FILES | {"systems/inspection/inspection.xsd": FILES["systems/inspection/inspection.xsd"] + " "}
    assert open_contract(changed, INSPECTION).pin != contract.pin
