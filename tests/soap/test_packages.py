"""Calls of partners in several parts (MTOM): the same documents as without parts, and nothing that cannot be read."""

import base64
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters import registry
from adapters.contract import Reception, Request, Tools
from adapters.errors import Unverified
from adapters.soap.contract import open_contract
from adapters.soap.security import WSSE, WSU, to_stamp
from canonical.mapping import load
from tests.soap.samples import write_wsdl
from tests.soap.test_incoming import DO, OPEN, SPACES, read_fault, wrap
from tests.soap.test_signature import make_person, sign

WITH_FILE = DO.replace(
    '<xs:element name="Text" type="xs:string"/>',
    '<xs:element name="Text" type="xs:string"/><xs:element name="File" type="xs:base64Binary" minOccurs="0"/>',
)
SCAN = b"%PDF-1.4\r\n--cut\xff\x00\r\n" * 40
KIND = 'multipart/related; type="application/xop+xml"; start="<root@x>"; start-info="text/xml"; boundary="cut-here"'
INCLUDE = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:scan%40x"/>'
PART = b"Content-Type: application/pdf\r\nContent-ID: <scan@x>\r\nContent-Transfer-Encoding: binary\r\n\r\n" + SCAN


def build(security: str = "{by: none}", twelve: str = "", most: str = "1mb") -> Any:
    files = {"s/one.wsdl": write_wsdl(WITH_FILE, twelve=twelve)}
    text = OPEN.format(pin=open_contract(files, "s/one.wsdl").pin)
    text = text.replace("{security: {by: none}}", f"{{security: {security}, max_bytes: {most}}}")
    return registry.build(load(text, "systems/one.yaml"), Tools(str, lambda digest: b"", files=files))


def write(file: str) -> str:
    return f'<Do xmlns="urn:t"><Id>a1</Id><Text>Темно</Text><File>{file}</File></Do>'


def pack(envelope: bytes, *parts: bytes, end: bytes = b"\r\n--cut-here--\r\n") -> bytes:
    root = b"Content-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: <root@x>\r\n\r\n" + envelope
    return b"".join(b"\r\n--cut-here\r\n" + part for part in (root, *parts)) + end


def call(adapter: Any, body: bytes, kind: str = KIND) -> Reception:
    reception: Reception = adapter.read(Request("POST", "/soap/one", {}, {"content-type": kind}, body))
    return reception


@pytest.mark.parametrize("version", SPACES)
def test_a_packed_call_is_the_document_of_the_plain_one(version: str) -> None:
    adapter = build(twelve="12" if version == "1.2" else "")
    plain = wrap(write(base64.b64encode(SCAN).decode()), version=version).encode()
    packed = pack(wrap(write(INCLUDE), version=version).encode(), PART)
    received, wanted = call(adapter, packed), call(adapter, plain, "text/xml")
    assert received.status == wanted.status == 200
    assert received.content_type == wanted.content_type
    assert [one.body for one in received.documents] == [one.body for one in wanted.documents]
    assert base64.b64decode(etree.fromstring(received.documents[0].body).findtext("{urn:t}File")) == SCAN


def test_a_package_without_files_is_a_call_too() -> None:
    """As stacks send it whose MTOM is switched on."""
    assert len(call(build(), pack(wrap(write("")).encode())).documents) == 1


BAD = {
    "cut off": (pack(wrap(write(INCLUDE)).encode(), PART, end=b""), "cut off"),
    "a missing part": (pack(wrap(write(INCLUDE)).encode()), "is not there"),
    "a part twice": (pack(wrap(write(INCLUDE)).encode(), PART, PART), "two parts of one"),
    "included twice": (pack(wrap(write(INCLUDE) + INCLUDE).encode(), PART), "is not there"),
    "beside a text": (pack(wrap(write(f"AAAA{INCLUDE}")).encode(), PART), "beside something else"),
    "before a text": (pack(wrap(write(f"{INCLUDE}AAAA")).encode(), PART), "beside something else"),
    "in place of the operation": (pack(wrap(INCLUDE).encode(), PART), "no operation"),
    "included by nothing": (pack(wrap(write("")).encode(), PART), "xop:Include"),
    "no root": (pack(wrap(write("")).encode()).replace(b"root@x", b"else@x"), "without its root"),
    "a root that is no XML": (pack(b"{}"), "not XML"),
    "not of its encoding": (
        pack(wrap(write(INCLUDE)).encode(), PART.replace(b"binary", b"base64").replace(SCAN, b"a")),
        "not of its encoding",
    ),
    "an entity": (pack(b'<!DOCTYPE e [<!ENTITY x "y">]>' + wrap(write("")).encode()), "DTD"),
    "an id that is no text": (pack(wrap(write(INCLUDE)).encode(), PART.replace(b"scan@x", b"\xff")), "is not there"),
    "an endless head": (pack(wrap(write("")).encode(), b"X: y\r\n" * 4000), "endless head"),
    "nothing": (b"", "cut off"),
    "too much": (pack(wrap(write(INCLUDE)).encode(), PART + b"0" * 2**20), "longer than 1048576 bytes"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_package_is_a_fault_and_no_document(name: str) -> None:
    body, why = BAD[name]
    reception = call(build(), body)
    assert (reception.status, list(reception.documents)) == (500, [])
    code, words = read_fault(reception)
    assert (code, why in words) == ("Client", True), words


def test_a_file_longer_than_a_text_may_be_is_refused_at_once() -> None:
    """Within `max_bytes`: taken, its document could never be read."""
    reception = call(build(most="20mb"), pack(wrap(write(INCLUDE)).encode(), PART + b"0" * 7_600_000))
    assert (reception.status, list(reception.documents)) == (500, [])
    assert "a part longer than 7500000 bytes" in read_fault(reception)[1]


def test_a_million_parts_cost_no_time() -> None:
    kind = 'multipart/related; boundary="c"'
    began = time.thread_time()
    reception = call(build(), b"\r\n--c\r\n\r\n" * 100_000 + b"\r\n--c--", kind)
    assert "more than 1000 parts" in read_fault(reception)[1]
    assert time.thread_time() - began < 1


@given(st.binary(max_size=300), st.sampled_from([KIND, "multipart/related", 'multipart/related; boundary="\x00é"', ""]))
def test_whatever_comes_is_a_fault(noise: bytes, kind: str) -> None:
    for body in (noise, pack(noise), pack(b"x", noise), pack(wrap(write("")).encode(), noise + b"\r\n\r\n")):
        reception = call(ADAPTER, body, kind)
        assert (reception.status, list(reception.documents)) == (500, [])


ADAPTER = build()


@pytest.mark.parametrize("changed", [False, True])
def test_a_signature_covers_what_the_parts_hold(tmp_path: Path, changed: bool) -> None:
    """It was made of the whole (XOP 1.0, 2.1), so the file is covered though it travels outside."""
    partner = make_person(tmp_path / "trust", "partner")
    adapter = build(f"{{by: certificate, trust: {tmp_path / 'trust'}}}")
    made = f"<u:Created>{to_stamp(datetime.now(UTC))}</u:Created>"
    header = f'<s:Security xmlns:s="{WSSE}"><u:Timestamp xmlns:u="{WSU}">{made}</u:Timestamp></s:Security>'
    signed = sign(partner, etree.fromstring(wrap(write(base64.b64encode(SCAN).decode()), header)))
    file = signed.find(".//{urn:t}File")
    file.text = None
    file.append(etree.fromstring(INCLUDE))
    packed = pack(etree.tostring(signed), PART[:-1] + b"!" if changed else PART)
    if changed:
        with pytest.raises(Unverified, match="was changed"):
            call(adapter, packed)
    else:
        assert [one.external_id for one in call(adapter, packed).documents] == ["a1"]
