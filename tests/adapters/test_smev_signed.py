"""The whole line with our own signatures: the stand checks them by libgcrypt, and we check the stand's."""

import dataclasses
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from adapters import registry
from adapters.errors import Unavailable
from stand.server import Stand
from stand.smev.certificate import read_pem
from stand.smev.detached import check_detached
from stand.smev.signature import Rejected
from tests.adapters.contract.subject import caught, wait_for
from tests.adapters.test_smev import FILE, Ministry, about, drain, signer

__all__ = ["signer"]
REQUEST = "openssl req -engine gost -x509 -newkey gost2012_256 -pkeyopt paramset:A -nodes -subj /CN=gateway -days 30"


class Signed(Ministry):
    """Built as the gateway builds it: by the registry, from files."""

    folder: Path

    def build(self, **settings: Any) -> Any:
        signing = {name: str(self.folder / place) for name, place in
                   {"key": "key.pem", "certificate": "own.pem", "trust": "trust"}.items()}  # fmt: skip
        given = dict(self.mapping.settings) | {"signing": signing} | settings
        made = registry.build(dataclasses.replace(self.mapping, settings=given), self.tools())
        self.adapters.append(made)
        return made


@pytest.fixture
def signed(stand: Stand, signer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Signed]:
    command = [*REQUEST.split(), "-keyout", tmp_path / "key.pem", "-out", tmp_path / "own.pem"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no openssl with the engine gost: apt-get install libengine-gost-openssl")
    (tmp_path / "senders").mkdir()
    (tmp_path / "trust").mkdir()
    shutil.copy(tmp_path / "own.pem", tmp_path / "senders" / "gateway.pem")
    with urlopen(f"{stand.url('smev_ministry')}/certificate", timeout=5) as reply:
        (tmp_path / "trust" / "smev.pem").write_bytes(reply.read())
    monkeypatch.setenv("SMEV_SENDERS", str(tmp_path / "senders"))
    for name, value in stand.environment().items():
        monkeypatch.setenv(name, value)
    made = Signed(stand, signer)
    made.folder = tmp_path
    yield made
    made.close()


def test_a_request_is_taken_and_its_answer_is_proven(signed: Signed) -> None:
    adapter = signed.build()
    assert adapter.check_health().ok, adapter.check_health().detail
    receipt = adapter.deliver(signed.delivery("g-1"))
    assert signed.effects("g-1") == 1
    found: list[Any] = []
    wait_for(lambda: found.extend(about(receipt, drain(adapter))) or any(b"ANSWERED" in one.body for one in found))
    assert not any(one.fault for one in found)


def test_a_forged_receipt_proves_nothing(signed: Signed) -> None:
    signed.control(forge={"next": 1, "match": "SendRequestResponse"})
    error = caught(lambda: signed.build().deliver(signed.delivery("g-2")))
    assert isinstance(error, Unavailable)
    assert "SignatureIsInvalid" in str(error)


def test_a_stranger_is_not_trusted(signed: Signed) -> None:
    shutil.copy(signed.folder / "own.pem", signed.folder / "trust" / "smev.pem")
    error = caught(lambda: signed.build().deliver(signed.delivery("g-3")))
    assert isinstance(error, Unavailable)
    assert "CertificateIsNotFound" in str(error)


def test_a_missing_key_is_said_with_its_place(signed: Signed) -> None:
    (signed.folder / "key.pem").unlink()
    error = caught(lambda: signed.build())
    assert isinstance(error, Unavailable)
    assert "key.pem" in str(error)


@pytest.mark.parametrize("form", ["mtom", "base64"])
def test_the_exchange_proves_the_signature_of_each_file(signed: Signed, form: str) -> None:
    id = f"g-files-{form}"
    adapter = signed.build(attachments={"form": form, "sign": True})
    receipt = adapter.deliver(signed.delivery(id, files=2))
    (message,) = [one for one in signed.book()["effects"] if one.get("id") == receipt.number]
    assert message["signed_files"] == message["files"] == 2


def test_a_file_that_is_not_the_signed_one_is_refused(signed: Signed) -> None:
    seal = signed.build().exchange.seal
    other = seal.detach(seal.digest([b"another ", b"file"]))
    assert check_detached(b"another file", other).pem == read_pem((signed.folder / "own.pem").read_bytes()).pem
    for content, signature in [(FILE, other), (b"another file", other[:-1] + bytes([other[-1] ^ 1]))]:
        with pytest.raises(Rejected, match="SignatureIsInvalid"):
            check_detached(content, signature)
    with pytest.raises(Rejected, match="PoorSOAPEnvelopeFormat"):
        check_detached(FILE, b"0\x00")
