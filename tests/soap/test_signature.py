"""X.509 signatures against an independent reader and writer of them (xmlsec, by zeep), and every way to forge one."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree
from zeep.wsse.signature import BinarySignature

from adapters import registry
from adapters.bodies import to_tree
from adapters.contract import Tools
from adapters.settings import Missing
from adapters.soap.envelope import Envelope, open_envelope, write
from adapters.soap.proof import Proof, Unproven, make_proof
from adapters.soap.security import WSSE, WSU, secure, to_stamp
from adapters.soap.settings import Certificate, SignatureProof
from adapters.soap.signature import DS, CertificateSeal
from canonical.mapping import load
from tests.adapters.scripted import read_request, reply, talking
from tests.soap.samples import FILES

SPACES = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
NOW = datetime.now(UTC)
TOOLS = Tools(str, lambda digest: b"")
ID = f"{{{WSU}}}Id"


@dataclass(frozen=True)
class Person:
    """`key`, `certificate`: PEM files."""

    key: Path
    certificate: Path
    private: rsa.RSAPrivateKey
    public: x509.Certificate


def make_person(folder: Path, name: str, issuer: Person | None = None, days: int = 30, ca: bool = False) -> Person:
    folder.mkdir(parents=True, exist_ok=True)
    private = rsa.generate_private_key(65537, 2048)
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = x509.CertificateBuilder(
        issuer.public.subject if issuer else named, named, private.public_key(), x509.random_serial_number(),
        NOW - timedelta(days=40), NOW + timedelta(days=days),
    ).add_extension(x509.BasicConstraints(ca, None), True)  # fmt: skip
    public = built.sign(issuer.private if issuer else private, hashes.SHA256())
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate.write_bytes(public.public_bytes(Encoding.PEM))
    return Person(key, certificate, private, public)


@pytest.fixture(scope="module")
def partner(tmp_path_factory: pytest.TempPathFactory) -> Person:
    return make_person(tmp_path_factory.mktemp("trust"), "partner")


@pytest.fixture
def proof(partner: Person) -> Proof:
    return make_proof(SignatureProof(by="certificate", trust=str(partner.certificate.parent)), TOOLS)


def make_envelope(version: str = "1.1", text: str = "Темно", at: datetime | None = None) -> Any:
    """With a timestamp, not signed yet."""
    space, at = SPACES[version], at or datetime.now(UTC)
    stamp = f"<u:Timestamp><u:Created>{to_stamp(at)}</u:Created></u:Timestamp>"
    body = f'<Do xmlns="urn:t" xmlns:q="urn:q" kind="q:x"><Id>1</Id>\n  <Text>{text} &amp; &#13; &lt;</Text></Do>'
    return etree.fromstring(
        f'<e:Envelope xmlns:e="{space}" xmlns:s="{WSSE}" xmlns:u="{WSU}"><e:Header><s:Security>{stamp}</s:Security>'
        f"</e:Header><e:Body>{body}</e:Body></e:Envelope>"
    )


def sign(person: Person, envelope: Any) -> Any:
    """By xmlsec; read anew, since it interns names for itself and lxml does not find what it added."""
    method, digest = xmlsec.Transform.RSA_SHA256, xmlsec.Transform.SHA256
    BinarySignature(str(person.key), str(person.certificate), None, method, digest).apply(envelope, {})
    return etree.fromstring(etree.tostring(envelope))


def receive(envelope: Any) -> Envelope:
    return open_envelope(etree.tostring(envelope))


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-sha512", "rsa-sha1"])
def test_ours_is_verified_by_xmlsec(partner: Person, version: str, algorithm: str) -> None:
    rules = Certificate(by="certificate", cert=str(partner.certificate), key=str(partner.key), algorithm=algorithm)  # type: ignore[arg-type]
    envelope = make_envelope(version)
    envelope.remove(envelope[0])
    sent = etree.fromstring(write(secure(envelope, (CertificateSeal(rules, str),), NOW)))
    assert verify(sent, partner) == {"Body", "Timestamp"}
    sent.find(".//{urn:t}Text").text = "Светло"
    with pytest.raises(xmlsec.Error):
        verify(sent, partner)


def verify(root: Any, person: Person) -> set[str]:
    """By xmlsec: names of what is signed."""
    context = xmlsec.SignatureContext()
    nodes = {node.get(ID): node for node in root.iter("*") if node.get(ID)}
    for node in nodes.values():
        context.register_id(node, "Id", WSU)
    signature = root.find(f".//{{{DS}}}Signature")
    context.key = xmlsec.Key.from_memory(person.certificate.read_bytes(), xmlsec.KeyFormat.CERT_PEM)
    context.verify(signature)
    uris = [one.get("URI").removeprefix("#") for one in signature.iter(f"{{{DS}}}Reference")]
    return {etree.QName(nodes[uri]).localname for uri in uris}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_xmlsec_is_verified_by_us(partner: Person, proof: Proof, version: str) -> None:
    proof.check(receive(sign(partner, make_envelope(version))))


def test_inclusive_prefixes_as_other_toolkits_write_them(partner: Person, proof: Proof) -> None:
    """Signed by xmlsec with a template whose transforms list prefixes that only an ancestor declares."""
    envelope = sign(partner, make_envelope())
    signature = envelope.find(f".//{{{DS}}}Signature")
    exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
    for node in signature.iter(f"{{{DS}}}Transform", f"{{{DS}}}CanonicalizationMethod"):
        etree.SubElement(node, f"{{{exclusive}}}InclusiveNamespaces", PrefixList="e s u")
    context = xmlsec.SignatureContext()
    for node in envelope.iter("*"):
        if node.get(ID):
            context.register_id(node, "Id", WSU)
    context.key = xmlsec.Key.from_file(str(partner.key), xmlsec.KeyFormat.PEM)
    context.sign(signature)
    proof.check(receive(envelope))


def test_an_authority_that_issued_it(tmp_path: Path) -> None:
    authority = make_person(tmp_path / "trust", "authority", ca=True)
    proof = make_proof(SignatureProof(by="certificate", trust=str(tmp_path / "trust")), TOOLS)
    proof.check(receive(sign(make_person(tmp_path, "issued", authority), make_envelope())))
    stranger = make_person(tmp_path, "issued-by-no-authority", make_person(tmp_path, "stranger"))
    with pytest.raises(Unproven, match="not trusted"):
        proof.check(receive(sign(stranger, make_envelope())))
    forger = make_person(tmp_path, "authority", ca=True)
    with pytest.raises(Unproven, match="not trusted"):
        proof.check(receive(sign(make_person(tmp_path, "forged", forger), make_envelope())))


def test_who_is_no_authority_cannot_issue(tmp_path: Path, partner: Person, proof: Proof) -> None:
    with pytest.raises(Unproven, match="not trusted"):
        proof.check(receive(sign(make_person(tmp_path, "friend", partner), make_envelope())))


def test_an_expired_certificate(tmp_path: Path) -> None:
    old = make_person(tmp_path / "trust", "old", days=-1)
    proof = make_proof(SignatureProof(by="certificate", trust=str(tmp_path / "trust")), TOOLS)
    with pytest.raises(Unproven, match="not valid now"):
        proof.check(receive(sign(old, make_envelope())))


def change_text(root: Any) -> None:
    root.find(".//{urn:t}Text").text = "Светло"


def change_stamp(root: Any) -> None:
    root.find(f".//{{{WSU}}}Created").text = to_stamp(datetime.now(UTC) + timedelta(seconds=9))


def wrap_body(root: Any) -> None:
    """The signed body stands in the header, another one in its place, without an Id."""
    body = root[1]
    false = deepcopy(body)
    false.attrib.clear()
    change_text(false)
    etree.SubElement(root[0], "wrapper").append(body)
    root.append(false)


def wrap_body_with_its_id(root: Any) -> None:
    wrap_body(root)
    root[1].set(ID, root[0].find("wrapper")[0].get(ID))


def add_body(root: Any) -> None:
    root.append(deepcopy(root[1]))


def wrap_stamp(root: Any) -> None:
    security = root[0][0]
    stamp = security.find(f"{{{WSU}}}Timestamp")
    false = deepcopy(stamp)
    false.attrib.clear()
    etree.SubElement(root[0], "wrapper").append(stamp)
    security.append(false)


def add_security(root: Any) -> None:
    root[0].append(deepcopy(root[0][0]))


def remove_signature(root: Any) -> None:
    security = root[0][0]
    security.remove(security.find(f"{{{DS}}}Signature"))


def remove_reference(root: Any) -> None:
    """The body's: the signature over the rest is wrong then."""
    info = root.find(f".//{{{DS}}}SignedInfo")
    info.remove(next(one for one in info.iter(f"{{{DS}}}Reference") if one.get("URI") == f"#{root[1].get(ID)}"))


def add_transform(root: Any) -> None:
    for node in root.iter(f"{{{DS}}}Transforms"):
        etree.SubElement(node, f"{{{DS}}}Transform", Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116")


def name_the_outside(root: Any) -> None:
    next(root.iter(f"{{{DS}}}Reference")).set("URI", "http://127.0.0.1:9/x")


def name_the_whole(root: Any) -> None:
    next(root.iter(f"{{{DS}}}Reference")).set("URI", "")


def weaken(root: Any) -> None:
    root.find(f".//{{{DS}}}SignatureMethod").set("Algorithm", "http://www.w3.org/2000/09/xmldsig#hmac-sha1")


def spoil_token(root: Any) -> None:
    root.find(f".//{{{WSSE}}}BinarySecurityToken").text = "AAAA"


def move_token(root: Any) -> None:
    etree.SubElement(root[0], "wrapper").append(root.find(f".//{{{WSSE}}}BinarySecurityToken"))


FORGERIES: list[Callable[[Any], None]] = [
    change_text, change_stamp, wrap_body, wrap_body_with_its_id, add_body, wrap_stamp, add_security, remove_signature,
    remove_reference, add_transform, name_the_outside, name_the_whole, weaken, spoil_token, move_token,
]  # fmt: skip


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_forgeries(forge: Callable[[Any], None], partner: Person, proof: Proof) -> None:
    envelope = sign(partner, make_envelope())
    proof.check(receive(envelope))
    forge(envelope)
    with pytest.raises((Unproven, ValueError)):
        proof.check(receive(envelope))


def test_only_the_stamp_is_signed(partner: Person, proof: Proof) -> None:
    rules = Certificate(by="certificate", cert=str(partner.certificate), key=str(partner.key), sign=("timestamp",))
    envelope = make_envelope()
    envelope.remove(envelope[0])
    with pytest.raises(Unproven, match="the body is not signed"):
        proof.check(receive(secure(envelope, (CertificateSeal(rules, str),), datetime.now(UTC))))


def test_a_stale_message(partner: Person, proof: Proof) -> None:
    with pytest.raises(Unproven, match="too long ago"):
        proof.check(receive(sign(partner, make_envelope(at=NOW - timedelta(minutes=6)))))


def test_a_stranger(tmp_path: Path, proof: Proof) -> None:
    with pytest.raises(Unproven, match="not trusted"):
        proof.check(receive(sign(make_person(tmp_path, "partner"), make_envelope())))


def test_missing_files_are_named(tmp_path: Path, partner: Person) -> None:
    with pytest.raises(Missing, match=r"holds no \*\.pem"):
        make_proof(SignatureProof(by="certificate", trust=str(tmp_path)), TOOLS)
    for cert, key in ((tmp_path / "no.pem", partner.key), (partner.certificate, tmp_path / "no.key"),
                      (partner.certificate, make_person(tmp_path, "other").key)):  # fmt: skip
        with pytest.raises(Missing):
            CertificateSeal(Certificate(by="certificate", cert=str(cert), key=str(key)), str)


def test_a_call_is_signed_as_the_mapping_says_and_health_tells_of_the_end(tmp_path: Path) -> None:
    """Over a real socket, with a token beside the signature."""
    us = make_person(tmp_path, "us", days=9)
    heard: list[bytes] = []

    def listen(connection: Any) -> None:
        heard.append(read_request(connection))
        connection.sendall(reply(b"<a/>", "200 OK", "Connection: close"))

    mapping = load(FILES["systems/inspection.yaml"], "systems/inspection.yaml")
    security = [
        {"by": "username", "user": "u", "password": "p", "digest": "true"},
        {"by": "certificate", "cert": str(us.certificate), "key": str(us.key)},
    ]
    with talking(listen) as base:
        settings = mapping.settings | {"base_url": base, "security": security}
        adapter: Any = registry.build(replace(mapping, settings=settings), replace(TOOLS, files=FILES))
        line = adapter.parts.line
        message = to_tree("", {"ExternalId": "d1"})
        line.call(line.prepare("find", line.operation("FindAppeal"), message))
        sent = etree.fromstring(heard[0].partition(b"\r\n\r\n")[2])
        assert verify(sent, us) == {"Body", "Timestamp"}
        assert sent.findtext(f".//{{{WSSE}}}Username") == "u"
        assert len(sent.findall(f".//{{{WSU}}}Timestamp")) == 1
        health = adapter.check_health()
        adapter.close()
    assert health.ok
    assert "ends in 8 days" in health.detail
