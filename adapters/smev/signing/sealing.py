"""The exchange's seal out of a signer and a trust: what a configured system signs with and believes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from lxml import etree

from adapters.errors import Unavailable
from adapters.settings import Missing, resolve
from adapters.smev.seal import Forged
from adapters.smev.signing.algorithms import DS
from adapters.smev.signing.cms import sign_digest, verify_digest
from adapters.smev.signing.faults import Fault, SignatureFault, SigningError, TransformError
from adapters.smev.signing.provider import Provider, open_provider
from adapters.smev.signing.signature import Signer
from adapters.smev.signing.trust import Trust, warn_of_expiry
from adapters.smev.signing.verification import Received


class Signing(Protocol):
    """`connect.signing` of a mapping; each of the first three is a text or names a secret."""

    @property
    def key(self) -> Any: ...
    @property
    def certificate(self) -> Any: ...
    @property
    def trust(self) -> Any: ...
    @property
    def provider(self) -> str: ...
    @property
    def personal(self) -> Any:
        """A person's `key` and `certificate`, or None."""


def open_seal(settings: Signing, secret: Callable[[str], str]) -> "SignatureSeal":
    """`secret` reads one by its name. Raises Unavailable with the remedy."""
    try:
        paths = [Path(resolve(one, secret)) for one in (settings.key, settings.certificate, settings.trust)]
        of = settings.personal
        owned = [Path(resolve(one, secret)) for one in ((of.key, of.certificate) if of else ())]
    except Missing as error:
        raise Unavailable(f"SMEV signatures: `{error}` is not set; it names a file or folder of `signing`") from None
    key, certificate, trust = paths
    try:
        provider = choose_provider(settings.provider)
        personal = Signer.open(owned[0], owned[1], provider) if owned else None
        return SignatureSeal(Signer.open(key, certificate, provider), Trust.open(trust), personal)
    except SigningError as error:
        raise Unavailable(f"SMEV signatures: {error}") from None


def choose_provider(name: str) -> Provider:
    """`auto`: the engine, else pure Python, which says that it is slow."""
    if name != "auto":
        return open_provider(name)
    try:
        return open_provider("engine")
    except SigningError:
        return open_provider("python")


@dataclass(frozen=True)
class SignatureSeal:
    signer: Signer
    trust: Trust
    personal: Signer | None = None

    def sign(self, target: Any) -> Any:
        """A ds:Signature over an element by its `Id`."""
        return self._sign(self.signer, target)

    def sign_personally(self, target: Any) -> Any:
        """The same by the person's key. Raises Unavailable."""
        if self.personal is None:
            raise Unavailable("SMEV signatures: `signing.personal` names no key")
        return self._sign(self.personal, target)

    def _sign(self, signer: Signer, target: Any) -> Any:
        """A certificate that has ended signs nothing: what waits goes when the next one is there."""
        if signer.certificate.not_after < datetime.now(UTC):
            what = f"our certificate {signer.certificate.label} has expired"
            raise Unavailable(f"SMEV signatures: {what}; replace `signing.key` and `signing.certificate`")
        try:
            return signer.sign(target)
        except (SigningError, TransformError) as error:
            raise Unavailable(f"SMEV signatures: {error}") from None

    def check(self, document: bytes, holder: str) -> Any:
        """The sibling that the SMEVSignature inside the one element `holder` signs. Raises Forged."""
        try:
            received = Received(document)
            signature, allowed = _find(received.root, holder)
            return received.check(signature, allowed, self.trust, self.signer.provider).element
        except SignatureFault as fault:
            raise Forged(fault.code.value, fault.detail) from None

    def digest(self, pieces: Iterable[bytes], bits: int = 0) -> bytes:
        """Streebog; without `bits`, of our key's size. Raises Unavailable."""
        try:
            return self.signer.provider.digest_pieces(bits or self.signer.key.bits, pieces)
        except SigningError as error:
            raise Unavailable(f"SMEV signatures: {error}") from None

    def detach(self, digest: bytes) -> bytes:
        """A detached PKCS#7 of a file by its digest, DER. Raises Unavailable."""
        try:
            return sign_digest(digest, self.signer)
        except SigningError as error:
            raise Unavailable(f"SMEV signatures: {error}") from None

    def check_file(self, digest: Callable[[int], bytes], signature: bytes) -> None:
        """Raises Forged."""
        try:
            verify_digest(digest, signature, self.trust, self.signer.provider)
        except SignatureFault as fault:
            raise Forged(fault.code.value, fault.detail) from None

    def health(self) -> str:
        own = [one.certificate for one in (self.signer, self.personal) if one is not None]
        return "; ".join(warn_of_expiry((*own, *self.trust.certificates), datetime.now(UTC)))


def _find(root: Any, holder: str) -> tuple[Any, list[Any]]:
    """(ds:Signature, what it may sign): in Body, the operation or one below it; business content is not searched."""
    near = [one for body in root.findall("{*}Body") for one in (*body, *(child for top in body for child in top))]
    holders = [one for one in near if etree.QName(one).localname == holder]
    if len(holders) != 1:
        raise SignatureFault(Fault.poor_envelope, f"{len(holders)} elements `{holder}` where one belongs")
    seals = [one for one in holders[0] if etree.QName(one).localname == "SMEVSignature"]
    signatures = [one for seal in seals for one in seal if one.tag == f"{{{DS}}}Signature"]
    if len(seals) != 1 or len(signatures) != 1:
        raise SignatureFault(Fault.no_signature, f"{len(signatures)} signatures in SMEVSignature of `{holder}`")
    return signatures[0], [one for one in holders[0] if one is not seals[0]]
