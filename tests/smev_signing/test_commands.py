"""`tsur smev`: what an engineer signs by hand, verifies by hand."""

import subprocess
import sys
from pathlib import Path

import pytest

from adapters.smev.signing import Provider

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
