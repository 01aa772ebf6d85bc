"""What is signed is accepted, what was moved, changed or signed by others is refused with the contract's name."""

import base64
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from adapters.smev.signing import (
    Fault,
    Place,
    Provider,
    SignatureFault,
    Signer,
    SigningError,
    Trust,
    detached_sign,
    detached_verify,
    verify,
    warn_of_expiry,
)  # fmt: skip
from adapters.smev.signing.algorithms import DS
from adapters.smev.signing.issuing import Wish
from adapters.smev.signing.keys import write_pem
from tests.smev_signing.conftest import Site, provider_named

S, T = "http://schemas.xmlsoap.org/soap/envelope/", "urn:types"
PLACE = Place((f"{{{S}}}Body", f"{{{T}}}Send", f"{{{T}}}Caller"), ((f"{{{T}}}Sent",),))
SENT = '<t:Sent Id="A"><t:Amount>100</t:Amount><t:Text>Яма &gt; двор</t:Text></t:Sent>'


def envelope(signer: Signer, sent: str = SENT, extra: str = "") -> bytes:
    send = f"<t:Send>{sent}{extra}<t:Caller/></t:Send>"
    body = f'<s:Envelope xmlns:s="{S}" xmlns:t="{T}"><s:Body>{send}</s:Body></s:Envelope>'
    root = etree.fromstring(body)
    root.find(f".//{{{T}}}Caller").append(signer.sign(root.find(f".//{{{T}}}Sent")))
    return etree.tostring(root)


@pytest.fixture
def site(tmp_path: Path, fast: Provider) -> Site:
    return Site(tmp_path, fast)


@pytest.fixture
def signer(site: Site) -> Signer:
    return site.make_signer(Wish("city"), site.make_ca())


@pytest.mark.parametrize("bits", [256, 512])
def test_a_good_signature_on_every_provider(tmp_path: Path, provider: Provider, bits: int) -> None:
    site = Site(tmp_path, provider, bits)
    signer = site.make_signer(Wish("city", bits), site.make_ca())
    verified = verify(envelope(signer), PLACE, site.trust, provider)
    assert verified.element.findtext(f"{{{T}}}Amount") == "100"
    assert verified.certificate.der == signer.certificate.der


def edit(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(document: bytes) -> bytes:
        assert old.encode() in document
        return document.replace(old.encode(), new.encode(), 1)

    return change


def relocate(document: bytes) -> bytes:
    """Wrapping: the signed element moves into a header, another takes its place."""
    root = etree.fromstring(document)
    sent = root.find(f".//{{{T}}}Sent")
    forged = etree.fromstring(etree.tostring(sent))
    forged[0].text = "999"
    forged.set("Id", "B")
    sent.getparent().replace(sent, forged)
    header = etree.Element(f"{{{S}}}Header")
    header.append(sent)
    root.insert(0, header)
    return etree.tostring(root)


def wrap_same_id(document: bytes) -> bytes:
    return relocate(document).replace(b'Id="B"', b'Id="A"')


def second_target(document: bytes) -> bytes:
    root = etree.fromstring(document)
    sent = root.find(f".//{{{T}}}Sent")
    forged = etree.fromstring(etree.tostring(sent))
    forged[0].text = "999"
    sent.addprevious(forged)
    return etree.tostring(root)


def without(name: str) -> Callable[[bytes], bytes]:
    def change(document: bytes) -> bytes:
        root = etree.fromstring(document)
        found = root.find(f".//{name}")
        found.getparent().remove(found)
        return etree.tostring(root)

    return change


def twice(document: bytes) -> bytes:
    root = etree.fromstring(document)
    caller = root.find(f".//{{{T}}}Caller")
    caller.append(etree.fromstring(etree.tostring(caller[0])))
    return etree.tostring(root)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (edit(">100<", ">900<"), Fault.invalid),
        (edit("<t:Amount>100", "<t:Amount >1000"), Fault.invalid),
        (relocate, Fault.wrong_target),
        (wrap_same_id, Fault.wrong_target),
        (second_target, Fault.wrong_target),
        (edit('URI="#A"', 'URI=""'), Fault.wrong_target),
        (edit('Id="A"', 'id="A"'), Fault.wrong_target),
        (without(f"{{{DS}}}Signature"), Fault.no_signature),
        (without(f"{{{T}}}Caller"), Fault.no_signature),
        (twice, Fault.poor_envelope),
        (without(f"{{{DS}}}X509Certificate"), Fault.no_certificate),
        (edit("gostr34112012-256", "gostr3411"), Fault.invalid),
        (edit("urn://smev-gov-ru/xmldsig/transform", "http://www.w3.org/TR/1999/REC-xslt-19991116"), Fault.invalid),
        (edit("<ds:SignedInfo>", "<ds:SignedInfo><?p?>"), Fault.poor_envelope),
        (edit("<s:Envelope", "<!DOCTYPE x><s:Envelope"), Fault.poor_envelope),
        (lambda document: document[:-20], Fault.poor_envelope),
        (lambda _: b"<a>" * 100_000, Fault.poor_envelope),
    ],
)
def test_refused(site: Site, signer: Signer, change: Callable[[bytes], bytes], fault: Fault) -> None:
    with pytest.raises(SignatureFault) as refused:
        verify(change(envelope(signer)), PLACE, site.trust, site.provider)
    assert refused.value.code is fault


def test_what_the_digest_does_not_see_nobody_sees(site: Site, signer: Signer) -> None:
    document = envelope(signer).replace(b">100<", b">1<!-- x --><?p?> <?p?>00<")
    verified = verify(document, PLACE, site.trust, site.provider)
    assert verified.element.findtext(f"{{{T}}}Amount") == "100"


def test_terms_and_trust(site: Site) -> None:
    issuer, now = site.make_ca(), datetime.now(UTC)
    expired = site.make_signer(Wish("old", days=1, start=now - timedelta(days=3)), issuer)
    stranger = site.make_signer(Wish("stranger"), None)
    good = site.make_signer(Wish("good", days=20), issuer)
    for signer, fault in ((expired, Fault.expired), (stranger, Fault.no_certificate)):
        with pytest.raises(SignatureFault) as refused:
            verify(envelope(signer), PLACE, site.trust, site.provider)
        assert refused.value.code is fault
    assert verify(envelope(stranger), PLACE, Trust((stranger.certificate,)), site.provider)
    with pytest.raises(SignatureFault) as refused:
        verify(envelope(good), PLACE, Trust((stranger.certificate,)), site.provider)
    assert refused.value.code is Fault.no_certificate
    assert [word in warn_of_expiry([one.certificate], now)[0] for one, word in ((expired, "expired"), (good, "30"))]
    assert not warn_of_expiry(site.trust.certificates, now)


def test_an_end_certificate_issues_nothing(site: Site) -> None:
    from adapters.smev.signing.issuing import Issuer

    city = site.make_signer(Wish("city"), site.make_ca())
    forged = site.make_signer(Wish("forged"), Issuer(city.key, city.certificate))
    with pytest.raises(SignatureFault) as refused:
        verify(envelope(forged), PLACE, Trust((city.certificate,)), site.provider)
    assert refused.value.code is Fault.no_certificate


def test_a_key_of_another_certificate(site: Site, signer: Signer) -> None:
    site.make_signer(Wish("other"), None)
    with pytest.raises(SigningError, match="not the certificate of the key"):
        Signer.open(site.paths("other")[0], site.paths("city")[1], site.provider)


@pytest.mark.parametrize("bits", [256, 512])
def test_openssl_agrees(tmp_path: Path, bits: int) -> None:
    """The openssl program checks SignedInfo, with nothing of ours in between."""
    provider = provider_named("engine")
    site = Site(tmp_path, provider, bits)
    signer = site.make_signer(Wish("city", bits), site.make_ca())
    signature = etree.fromstring(envelope(signer)).find(f".//{{{DS}}}Signature")
    info = etree.tostring(signature[0], method="c14n", exclusive=True)
    (tmp_path / "info").write_bytes(info)
    (tmp_path / "value").write_bytes(base64.b64decode(signature[1].text))
    (tmp_path / "public.pem").write_bytes(write_pem("PUBLIC KEY", signer.certificate.public.spki))
    command = [
        "openssl",
        "dgst",
        "-engine",
        "gost",
        f"-md_gost12_{bits}",
        "-verify",
        "public.pem",
        "-signature",
        "value",
        "info",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "Verified OK" in done.stdout, done.stderr
    checked = ["openssl", "verify", "-engine", "gost", "-CAfile", "ca.cert.pem", "city.cert.pem"]
    assert subprocess.run(checked, cwd=tmp_path, capture_output=True).returncode == 0


def test_detached(site: Site, signer: Signer) -> None:
    made = detached_sign(b"a photo", signer)
    assert detached_verify(b"a photo", made, site.trust, site.provider).der == signer.certificate.der
    with pytest.raises(SignatureFault) as refused:
        detached_verify(b"another", made, site.trust, site.provider)
    assert refused.value.code is Fault.invalid
    for cut in range(0, len(made), 7):
        with pytest.raises(SignatureFault):
            detached_verify(b"a photo", made[:cut], site.trust, site.provider)


def test_openssl_reads_our_pkcs7_and_we_read_its(tmp_path: Path) -> None:
    provider = provider_named("engine")
    site = Site(tmp_path, provider)
    signer = site.make_signer(Wish("city"), site.make_ca())
    (tmp_path / "file").write_bytes(b"a photo\r\n\x00")
    (tmp_path / "ours").write_bytes(detached_sign(b"a photo\r\n\x00", signer))
    cms, der = ["openssl", "cms", "-engine", "gost", "-binary"], ["-inform", "DER"]
    ours = [*cms, "-verify", *der, "-in", "ours", "-content", "file", "-CAfile", "ca.cert.pem", "-purpose", "any"]
    done = subprocess.run(ours, cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr
    theirs = [
        "-sign",
        "-signer",
        "city.cert.pem",
        "-inkey",
        "city.key.pem",
        "-in",
        "file",
        "-outform",
        "DER",
        "-out",
        "theirs",
    ]
    assert subprocess.run([*cms, *theirs], cwd=tmp_path, capture_output=True).returncode == 0
    assert detached_verify(b"a photo\r\n\x00", (tmp_path / "theirs").read_bytes(), site.trust, provider)
