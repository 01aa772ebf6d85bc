"""Attacks on a reply of SMEV at the door that the exchange uses: what is read is what was signed, or nothing is."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.smev.seal import Forged
from adapters.smev.settings import Signing
from adapters.smev.signing import Provider, open_seal
from adapters.smev.signing.algorithms import DS
from adapters.smev.signing.issuing import Wish
from tests.smev_signing.conftest import Site
from tests.smev_signing.test_sealing import REPLY, S, T


@pytest.fixture
def seal(tmp_path: Path, fast: Provider) -> Any:
    site = Site(tmp_path, fast)
    site.make_signer(Wish("city"), site.make_ca())
    key, certificate = map(str, site.paths("city"))
    return open_seal(Signing(key=key, certificate=certificate, trust=str(tmp_path / "trust")), str)


@pytest.fixture
def reply(seal: Any) -> Any:
    root = etree.fromstring(REPLY)
    root.find(f".//{{{T}}}SMEVSignature").append(seal.sign(root.find(f".//{{{T}}}Request")))
    return root


def forge(signed: Any, id: str) -> Any:
    """Another content in the place of the signed element, which the caller puts elsewhere."""
    forged = copy.deepcopy(signed)
    forged[0].text = "999"
    forged.set("Id", id)
    signed.getparent().replace(signed, forged)
    return forged


def into_header(root: Any, signed: Any) -> None:
    forge(signed, "other")
    header = etree.Element(f"{{{S}}}Header")
    header.append(signed)
    root.insert(0, header)


def into_the_signature(root: Any, signed: Any) -> None:
    forge(signed, "other")
    etree.SubElement(root.find(f".//{{{DS}}}Signature"), f"{{{DS}}}Object").append(signed)


def into_the_forged_one(root: Any, signed: Any) -> None:
    forge(signed, "other").append(signed)


def around_the_message(root: Any, signed: Any) -> None:
    """The true message, signature and all, deeper inside a forged one."""
    message = signed.getparent()
    outer = etree.SubElement(message.getparent(), message.tag)
    outer.append(forge_of(signed))
    outer.append(message)
    etree.SubElement(outer, f"{{{T}}}SMEVSignature")


def forge_of(signed: Any) -> Any:
    forged = copy.deepcopy(signed)
    forged[0].text = "999"
    forged.set("Id", "other")
    return forged


def beside_the_message(root: Any, signed: Any) -> None:
    message = signed.getparent()
    other = copy.deepcopy(message)
    other[0][0].text = "999"
    other[0].set("Id", "other")
    message.addprevious(other)


def in_another_body(root: Any, signed: Any) -> None:
    body = copy.deepcopy(root[0])
    body.tag = "{urn:other}Body"
    root.append(body)
    forge(signed, "other")


def second_reference(root: Any, signed: Any) -> None:
    forge(signed, "other")
    reference = root.find(f".//{{{DS}}}Reference")
    another = copy.deepcopy(reference)
    another.set("URI", "#other")
    reference.addnext(another)


def same_id_as_an_attribute_of_another_space(root: Any, signed: Any) -> None:
    etree.SubElement(signed.getparent(), f"{{{T}}}More").set("{urn:wsu}Id", "R")


def by_pointer(root: Any, signed: Any) -> None:
    root.find(f".//{{{DS}}}Reference").set("URI", "#xpointer(id('R'))")


def without_transforms(root: Any, signed: Any) -> None:
    found = root.find(f".//{{{DS}}}Transforms")
    found.getparent().remove(found)


def key_by_value(root: Any, signed: Any) -> None:
    info = root.find(f".//{{{DS}}}KeyInfo")
    info.clear()
    etree.SubElement(info, f"{{{DS}}}KeyValue").text = "AA=="


WRAPPED: list[tuple[Callable[[Any, Any], None], str]] = [
    (into_header, "IncorrectSignatureTarget"),
    (into_the_signature, "IncorrectSignatureTarget"),
    (into_the_forged_one, "IncorrectSignatureTarget"),
    (around_the_message, "NoSignatureFound"),
    (beside_the_message, "PoorSOAPEnvelopeFormat"),
    (in_another_body, "PoorSOAPEnvelopeFormat"),
    (second_reference, "SignatureIsInvalid"),
    (same_id_as_an_attribute_of_another_space, "IncorrectSignatureTarget"),
    (by_pointer, "IncorrectSignatureTarget"),
    (without_transforms, "SignatureIsInvalid"),
    (key_by_value, "CertificateIsNotFound"),
]


@pytest.mark.parametrize(("attack", "code"), WRAPPED, ids=[attack.__name__ for attack, _ in WRAPPED])
def test_wrapping(seal: Any, reply: Any, attack: Callable[[Any, Any], None], code: str) -> None:
    assert seal.check(etree.tostring(reply), "RequestMessage").get("Id") == "R"
    attack(reply, reply.find(f".//{{{T}}}Request"))
    with pytest.raises(Forged) as forged:
        seal.check(etree.tostring(reply), "RequestMessage")
    assert forged.value.code == code, str(forged.value)


BOMB = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    ("prolog", "content"),
    [
        (f'<!DOCTYPE x [<!ENTITY e0 "lol">{BOMB}]>', "&e9;"),
        ('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>', "&f;"),
        ('<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">', "1"),
        ('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>', "1"),
        ("", "<d>" * 300 + "</d>" * 300),
        ("", "x" * 11_000_000),
        ("", f'<d a="{"x" * 11_000_000}"/>'),
    ],
    ids=["entity bomb", "file", "external DTD", "parameter entity", "deep", "huge text", "huge attribute"],
)
def test_what_the_parser_must_not_follow(seal: Any, reply: Any, prolog: str, content: str) -> None:
    document = prolog + etree.tostring(reply).decode().replace(">1<", f">{content}<", 1)
    with pytest.raises(Forged) as forged:
        seal.check(document.encode(), "RequestMessage")
    assert forged.value.code == "PoorSOAPEnvelopeFormat"
    assert len(str(forged.value)) < 300


def test_xinclude_and_schema_locations_are_only_content(seal: Any) -> None:
    inside = (
        '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
        '<t:y xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:types http://127.0.0.1:9/x.xsd"/>'
    )
    root = etree.fromstring(REPLY.replace("<t:x>1</t:x>", f"<t:x>1</t:x>{inside}"))
    root.find(f".//{{{T}}}SMEVSignature").append(seal.sign(root.find(f".//{{{T}}}Request")))
    proven = seal.check(etree.tostring(root), "RequestMessage")
    assert [etree.QName(one).localname for one in proven] == ["x", "include", "y"]
    assert b"root:" not in etree.tostring(proven)


def test_a_comment_splits_no_word(seal: Any, reply: Any) -> None:
    """The digest does not see comments: whoever reads the element must not see two words either."""
    document = etree.tostring(reply).replace(b">1<", b"><!-- 9 -->1<!-- 9 --><")
    proven = seal.check(document, "RequestMessage")
    assert (proven[0].text, len(proven[0])) == ("1", 0)
