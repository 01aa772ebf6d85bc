"""Certificates: verified always, shown when asked for."""

import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.connect import Connect
from adapters.contract import Tools
from adapters.errors import AdapterError, Unavailable
from adapters.http import Outgoing
from adapters.line import make_line
from tests.adapters.scripted import answering, reply, talking


class Authority:
    """Signs certificates into a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.sign(name, self.key.public_key(), authority=True)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def sign(self, host: str, key: Any, authority: bool = False) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(authority, None), True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        )
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, host: str, password: bytes | None = None) -> tuple[str, str]:
        """Paths of a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, secret = self.folder / f"{host}.crt", self.folder / f"{host}.key"
        certificate.write_bytes(self.sign(host, key.public_key()).public_bytes(serialization.Encoding.PEM))
        hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, hidden))
        return str(certificate), str(secret)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"), "test-ca")


@pytest.fixture
def server(authority: Authority) -> Iterator[str]:
    with talking(answering(reply(b"hello")), context(authority, "localhost")) as base:
        yield base


def context(authority: Authority, host: str, clients: bool = False) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*authority.issue(host))
    if clients:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(authority.path)
    return made


def ask(base: str, **tls: Any) -> bytes:
    tools = Tools(secret={"KEY_PASSWORD": "for the key"}.__getitem__, read_file=lambda digest: b"")
    raw = {"base_url": base, "tls": tls, "timeouts": {"total": "2s"}}
    line = make_line("town", Connect.model_validate(raw), tools)
    return line.call(Outgoing("create", "POST", base + "/x", effect=True)).body


def test_an_authority_of_its_own(server: str, authority: Authority) -> None:
    assert ask(server, ca=str(authority.path)) == b"hello"


def test_a_certificate_that_nobody_vouches_for(server: str) -> None:
    with pytest.raises(Unavailable, match=r"its certificate is not accepted: .*issuer.*`tls: ca:` names whom to trust"):
        ask(server)


def test_a_certificate_of_another_authority(server: str, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        ask(server, ca=str(Authority(tmp_path, "stranger").path))


def test_a_certificate_of_another_host(authority: Authority) -> None:
    with talking(answering(reply()), context(authority, "other.example")) as base, pytest.raises(Unavailable):
        ask(base, ca=str(authority.path))


def test_our_own_certificate(authority: Authority) -> None:
    with talking(answering(reply(b"known")), context(authority, "localhost", clients=True)) as base:
        certificate, key = authority.issue("gateway")
        assert ask(base, ca=str(authority.path), cert=certificate, key=key) == b"known"
        certificate, key = authority.issue("sealed", b"for the key")
        sealed = {"ca": str(authority.path), "cert": certificate, "key": key}
        assert ask(base, **sealed, password={"secret": "KEY_PASSWORD"}) == b"known"


def test_without_our_certificate_the_call_fails(authority: Authority) -> None:
    """TLS 1.3 tells so only after our first bytes, so the effect counts as unknown; nothing is taken for done."""
    mutual = context(authority, "localhost", clients=True)
    with talking(answering(reply()), mutual) as base, pytest.raises(AdapterError):
        ask(base, ca=str(authority.path))


def test_a_missing_certificate_is_said_at_once() -> None:
    with pytest.raises(Unavailable, match=r"tls: `ca` /nowhere/ca\.pem: No such file"):
        ask("https://localhost:9", ca="/nowhere/ca.pem")


@pytest.mark.parametrize("password", [{"password": "not this one"}, {}])
def test_a_key_that_does_not_open_is_named_and_nobody_is_asked_at_the_terminal(
    authority: Authority, password: dict[str, str]
) -> None:
    certificate, key = authority.issue("locked", b"for the key")
    with pytest.raises(Unavailable, match=f"`key` {key}, or the key's `password`"):
        ask("https://localhost:9", ca=str(authority.path), cert=certificate, key=key, **password)
