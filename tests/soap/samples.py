"""Contracts for tests of one thing, written as a schema and its operations."""

from pathlib import Path

from adapters.soap.contract import Contract, open_contract
from gateway.bootstrap import read_files

MAPPINGS = Path(__file__).parent.parent.parent / "mappings"
FILES = read_files(MAPPINGS)
INSPECTION = "systems/inspection/inspection.wsdl"
RECEPTION = "systems/reception/reception.wsdl"

_WSDL = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap{twelve}/" xmlns:t="urn:t" targetNamespace="urn:t">
  <types>{schemas}</types>
  <message name="In">{inside}</message><message name="Out">{outside}</message>
  <portType name="P"><operation name="Do"><input message="t:In"/><output message="t:Out"/></operation></portType>
  <binding name="B" type="t:P">
    <soap:binding style="{style}" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Do"><soap:operation soapAction="urn:t:Do"/>
      <input><soap:body use="{use}" namespace="urn:t"/></input>
      <output><soap:body use="{use}" namespace="urn:t"/></output>
    </operation>
  </binding>
  <service name="S"><port name="P" binding="t:B"><soap:address location="https://t.example/"/></port></service>
</definitions>"""


def write_wsdl(
    schema: str = "", inside: str = '<part name="body" element="t:Do"/>', style: str = "document", *,
    whole: str = "", use: str = "literal", twelve: str = "",
) -> str:  # fmt: skip
    """`schema`: declarations of the namespace urn:t; `whole`: schema elements instead."""
    head = '<xs:schema targetNamespace="urn:t" elementFormDefault="qualified">'
    reply = '<xs:element name="Done"><xs:complexType><xs:sequence><xs:element name="Number" type="xs:string"/>'
    own = f"{head}{schema}{reply}</xs:sequence></xs:complexType></xs:element></xs:schema>"
    outside = '<part name="Number" type="xs:string"/>' if style == "rpc" else '<part name="body" element="t:Done"/>'
    return _WSDL.format(schemas=whole or own, inside=inside, outside=outside, style=style, use=use, twelve=twelve)


def open_one(wsdl: str, **files: str) -> Contract:
    """`files`: beside it, `__` for the dot of their names."""
    beside = {f"s/{name.replace('__', '.')}": text for name, text in files.items()}
    return open_contract({"s/one.wsdl": wsdl} | beside, "s/one.wsdl")
