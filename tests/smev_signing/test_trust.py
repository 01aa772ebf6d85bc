"""Chains, terms, warnings, and a machine without the engine."""

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from adapters.errors import Unavailable
from adapters.smev.signing import Fault, Provider, SignatureFault, Trust, open_seal, verify
from adapters.smev.signing.issuing import Issuer, Wish, make_pair
from tests.smev_signing.conftest import Site
from tests.smev_signing.test_verification import PLACE, envelope

NOW = datetime.now(UTC)


@dataclass
class Signing:
    key: str
    certificate: str
    trust: str
    provider: str = "auto"
    personal: None = None


@pytest.fixture
def site(tmp_path: Path, fast: Provider) -> Site:
    return Site(tmp_path, fast)


def add_intermediate(site: Site, root: Issuer, **wish: object) -> Issuer:
    """A CA that the root has issued, with its certificate in the directory of trust."""
    made = make_pair(*site.paths("sub"), Wish("sub", is_ca=True, **wish), site.provider, root)  # type: ignore[arg-type]
    (site.folder / "trust" / "sub.pem").write_bytes((site.folder / "sub.cert.pem").read_bytes())
    return Issuer(site.provider.open_key(site.folder / "sub.key.pem"), made)


def refusal(document: bytes, trust: Trust, provider: Provider) -> Fault:
    with pytest.raises(SignatureFault) as refused:
        verify(document, PLACE, trust, provider)
    return refused.value.code


def test_a_certificate_issued_by_an_intermediate(site: Site) -> None:
    sub = add_intermediate(site, site.make_ca())
    document = envelope(site.make_signer(Wish("city"), sub))
    assert verify(document, PLACE, site.trust, site.provider)
    (site.folder / "trust" / "ca.pem").unlink()
    assert verify(document, PLACE, site.trust, site.provider), "each CA of the directory is an anchor by itself"


def test_an_intermediate_that_is_not_in_the_directory(site: Site) -> None:
    sub = add_intermediate(site, site.make_ca())
    document = envelope(site.make_signer(Wish("city"), sub))
    (site.folder / "trust" / "sub.pem").unlink()
    assert refusal(document, site.trust, site.provider) is Fault.no_certificate


def test_an_intermediate_whose_term_is_over(site: Site) -> None:
    sub = add_intermediate(site, site.make_ca(), days=1, start=NOW - timedelta(days=2))
    document = envelope(site.make_signer(Wish("city"), sub))
    assert refusal(document, site.trust, site.provider) is Fault.expired


@pytest.mark.parametrize(
    ("days", "says"),
    [(400, ""), (29, "ends within 30 days"), (6, "ends within 7 days"), (1, "ends within 1 days"), (0, "has expired")],
)
def test_health_warns_before_a_certificate_ends(site: Site, days: int, says: str) -> None:
    site.make_ca()
    start = NOW - timedelta(days=10)
    make_pair(*site.paths("city"), Wish("city", days=days + 10, start=start), site.provider)
    key, certificate = site.paths("city")
    seal = open_seal(Signing(str(key), str(certificate), str(site.folder / "trust")), str)
    assert says in seal.health()
    assert bool(seal.health()) is bool(says)


def test_health_names_every_certificate_that_ends(site: Site) -> None:
    site.make_ca()
    make_pair(*site.paths("city"), Wish("city", days=20), site.provider)
    make_pair(*site.paths("smev"), Wish("smev", days=5), site.provider)
    (site.folder / "trust" / "smev.pem").write_bytes(site.paths("smev")[1].read_bytes())
    key, certificate = site.paths("city")
    seal = open_seal(Signing(str(key), str(certificate), str(site.folder / "trust")), str)
    assert "(city, until" in seal.health()
    assert "(smev, until" in seal.health()


def test_a_key_that_is_not_the_certificates_is_said_at_the_start(site: Site) -> None:
    site.make_ca()
    for name in ("city", "other"):
        make_pair(*site.paths(name), Wish(name), site.provider)
    with pytest.raises(Unavailable, match="not the certificate of the key"):
        open_seal(Signing(str(site.paths("other")[0]), str(site.paths("city")[1]), str(site.folder / "trust")), str)


def run_without_engine(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """OpenSSL looks for its engines where none are."""
    place = {"OPENSSL_ENGINES": str(folder / "nowhere"), "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "gateway", "smev", "keygen", str(folder), *words]
    return subprocess.run(command, env=os.environ | place, capture_output=True, text=True, check=False, timeout=120)


def test_without_the_engine_its_install_command_is_said(tmp_path: Path) -> None:
    done = run_without_engine(tmp_path, "--provider", "engine")
    assert done.returncode == 1
    assert "apt-get install libengine-gost-openssl" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.pem"))


def test_without_the_engine_auto_takes_pure_python_and_says_so(tmp_path: Path) -> None:
    done = run_without_engine(tmp_path, "--provider", "auto")
    assert done.returncode == 0, done.stderr
    assert "made by the provider python" in done.stdout
    assert "slow" in done.stderr


def test_a_certificate_of_ours_that_has_ended_signs_nothing(site: Site) -> None:
    """The delivery waits for the next one instead of being refused by SMEV."""
    site.make_ca()
    make_pair(*site.paths("city"), Wish("city", days=1, start=NOW - timedelta(days=2)), site.provider)
    key, certificate = site.paths("city")
    seal = open_seal(Signing(str(key), str(certificate), str(site.folder / "trust")), str)
    with pytest.raises(Unavailable, match=r"has expired; replace `signing\.key`"):
        seal.sign(etree.fromstring('<a xmlns="urn:a" Id="A"/>'))
