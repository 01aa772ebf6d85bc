"""`tsur doctor` tells of a certificate before it ends, not after."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.certificates import look_at_certificates

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MAPPING = """version: 1
system: town
adapter: rest
roles: [channel]
zone: UTC
connect:
  base_url: https://town.example
  tls: {{cert: {cert}, key: our.key}}
in:
  appeal:
    source: {{format: json}}
    webhook: {{verify: {{by: none}}}}
    id: id
    fields: {{text: text, created_at: {{path: at, formats: iso}}}}
"""


def make(path: Path, ends: datetime) -> Path:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - timedelta(days=365), ends)
    path.write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(("days", "state"), [(90, "ok"), (10, "warn"), (-1, "fail")])
def test_how_long_it_holds(days: int, state: str, tmp_path: Path) -> None:
    ends = NOW + timedelta(days=days)
    files = {"systems/town.yaml": MAPPING.format(cert=make(tmp_path / "our.pem", ends))}
    (told,) = look_at_certificates(files, NOW)
    assert told.state == state and f"town: {tmp_path}/our.pem holds until {ends:%Y-%m-%d}" in told.said
    assert bool(told.remedy) == (state != "ok")


def test_what_is_not_there_or_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "odd.pem").write_text("odd")
    for name in ("absent.pem", "odd.pem"):
        (told,) = look_at_certificates({"systems/town.yaml": MAPPING.format(cert=tmp_path / name)}, NOW)
        assert told.state == "warn" and "cannot be read here" in told.said


def test_the_path_may_stand_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_CERT", str(make(tmp_path / "our.pem", NOW)))
    files = {"systems/town.yaml": MAPPING.format(cert="{env: OUR_CERT}")}
    assert [told.state for told in look_at_certificates(files, NOW)] == ["fail"]
    monkeypatch.delenv("OUR_CERT")
    assert list(look_at_certificates(files, NOW)) == []
