"""`tsur smev`: what an engineer signs by hand, verifies by hand."""

import base64
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from adapters.smev.signing import Provider, Signer
from adapters.smev.signing.issuing import Wish, make_pair

TYPES = "urn://x-artefacts-smev-gov-ru/services/message-exchange/types/1.2"
SENT = '<SenderProvidedRequestData Id="A"><Text>Яма &gt; двор</Text></SenderProvidedRequestData>'


def run(*words: object) -> tuple[int, bytes]:
    done = subprocess.run([sys.executable, "-m", "gateway", "smev", *map(str, words)], capture_output=True, check=False)
    return done.returncode, done.stdout or done.stderr


@pytest.mark.parametrize("container", ["", "<CallerInformationSystemSignature/>"])
def test_a_message_is_signed_in_place_and_verified(tmp_path: Path, fast: Provider, container: str) -> None:
    by = "--provider", "engine" if "engine" in type(fast).__name__.lower() else "python"
    assert run("keygen", tmp_path, *by)[0] == 0
    message, signed = tmp_path / "m.xml", tmp_path / "signed.xml"
    message.write_text(f'<SendRequestRequest xmlns="{TYPES}">{SENT}{container}</SendRequestRequest>', "utf-8")
    pair = "--key", tmp_path / "test.key.pem", "--cert", tmp_path / "test.cert.pem"
    code, content = run("sign", message, *pair, *by)
    assert code == 0
    assert content.count(b"CallerInformationSystemSignature>") == 2
    signed.write_bytes(content)
    code, said = run("verify", signed, *by)
    assert (code, b"SenderProvidedRequestData Id=A" in said) == (0, True), said
    signed.write_bytes(content.replace("двор".encode(), "дом".encode()))
    code, said = run("verify", signed, *by)
    assert (code, b"SignatureIsInvalid" in said) == (1, True), said
    assert run("sign", message, *pair, *by, "--alone")[1].startswith(b"<ds:Signature")


def test_transform_writes_nothing_but_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "m.xml").write_text('<?xml version="1.0"?><a xmlns="urn:a"> <b/></a>', "utf-8")
    assert run("transform", tmp_path / "m.xml") == (0, b'<ns1:a xmlns:ns1="urn:a"><ns1:b></ns1:b></ns1:a>')


def name_of(provider: Provider) -> tuple[str, str]:
    return "--provider", provider.name


@pytest.mark.parametrize("trusted", [True, False])
def test_a_term_that_is_over_fails(tmp_path: Path, fast: Provider, trusted: bool) -> None:
    """Whoever is trusted; and as of a moment within it, it does not."""
    then = datetime.now(UTC) - timedelta(days=100)
    pair = tmp_path / "old.key.pem", tmp_path / "old.cert.pem"
    make_pair(*pair, Wish("old", days=10, start=then), fast)
    signed, trust = tmp_path / "m.xml", tmp_path / "trust"
    trust.mkdir()
    shutil.copy(pair[1], trust)
    root = etree.fromstring(f'<SendRequestRequest xmlns="{TYPES}">{SENT}<Caller/></SendRequestRequest>')
    root[1].append(Signer.open(*pair, fast).sign(root[0]))
    signed.write_bytes(etree.tostring(root))
    words = [signed, *(("--trust", trust) if trusted else ()), *name_of(fast)]
    code, said = run("verify", *words)
    assert (code, b"CertificateIsExpired" in said, b"intact" in said) == (1, True, not trusted), said
    for days, wanted in ((-1, 1), (5, 0), (11, 1)):
        code, said = run("verify", *words, "--at", f"{then + timedelta(days=days):%Y-%m-%dT%H:%M:%S}")
        assert (code, b"CertificateIsExpired" in said) == (wanted, bool(wanted)), said


def test_a_package_is_verified_with_its_parts_back_in_place(tmp_path: Path, fast: Provider) -> None:
    """As SMEV sends a file's PKCS#7: a part of the package, taken out of what was signed."""
    pair = tmp_path / "k.pem", tmp_path / "c.pem"
    make_pair(*pair, Wish("smev"), fast)
    inside = f"<SignaturePKCS7>{base64.b64encode(b'0123').decode()}</SignaturePKCS7>"
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    body = f'<s:Body><Reply xmlns="{TYPES}"><Response Id="A">{inside}</Response><SMEVSignature/></Reply></s:Body>'
    root = etree.fromstring(f'<s:Envelope xmlns:s="{soap}">{body}</s:Envelope>')
    reply = root[0][0]
    reply[1].append(Signer.open(*pair, fast).sign(reply[0]))
    reply[0][0].text = None
    etree.SubElement(reply[0][0], "{http://www.w3.org/2004/08/xop/include}Include", href="cid:p%40smev")
    envelope = etree.tostring(root)
    (tmp_path / "alone.xml").write_bytes(envelope)
    code, said = run("verify", tmp_path / "alone.xml", *name_of(fast))
    assert (code, b"MTOM package" in said) == (1, True), said
    parts = [b"--b\r\nContent-ID: <root>\r\n\r\n" + envelope, b"--b\r\nContent-ID: <p@smev>\r\n\r\n0123", b"--b--\r\n"]
    (tmp_path / "package").write_bytes(b"\r\n".join(parts))
    code, said = run("verify", tmp_path / "package", *name_of(fast))
    assert (code, b"Response Id=A" in said) == (0, True), said
    (tmp_path / "package").write_bytes(b"\r\n".join(parts).replace(b"0123", b"0124"))
    assert run("verify", tmp_path / "package", *name_of(fast))[0] == 1
