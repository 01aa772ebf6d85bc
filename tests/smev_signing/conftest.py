"""Providers and test pairs. What needs the engine skips with the install command where it is absent."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.smev.signing import Provider, Signer, SigningError, Trust, open_provider
from adapters.smev.signing.issuing import Issuer, Wish, make_pair


def provider_named(name: str) -> Provider:
    try:
        return open_provider(name)
    except SigningError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["engine", "python"])
def provider(request: pytest.FixtureRequest) -> Provider:
    return provider_named(request.param)


@pytest.fixture
def fast() -> Provider:
    """The engine where it is installed, else pure Python."""
    try:
        return open_provider("engine")
    except SigningError:
        return open_provider("python")


@dataclass
class Site:
    """A CA, its directory of trust, and a signer it has issued."""

    folder: Path
    provider: Provider
    bits: int = 256

    def make_ca(self) -> Issuer:
        certificate = make_pair(*self.paths("ca"), Wish("ca", self.bits, is_ca=True), self.provider)
        trusted = self.folder / "trust"
        trusted.mkdir()
        (trusted / "ca.pem").write_bytes((self.folder / "ca.cert.pem").read_bytes())
        return Issuer(self.provider.open_key(self.folder / "ca.key.pem"), certificate)

    def paths(self, name: str) -> tuple[Path, Path]:
        return self.folder / f"{name}.key.pem", self.folder / f"{name}.cert.pem"

    def make_signer(self, wish: Wish, issuer: Issuer | None) -> Signer:
        make_pair(*self.paths(wish.name), wish, self.provider, issuer)
        return Signer.open(*self.paths(wish.name), self.provider)

    @property
    def trust(self) -> Trust:
        return Trust.open(self.folder / "trust")
