"""The seal of a live system: keys, certificates and a provider from `adapters.smev.signing`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from adapters.contract import utc_now
from adapters.errors import Unavailable
from adapters.settings import Missing, resolve
from adapters.smev.names import SOAP, Names
from adapters.smev.seal import Forged, Seal
from adapters.smev.settings import Settings

#: The element that holds a signature → the reply it stands in, and what it may sign.
_PLACES = {
    "SendRequestResponse": (None, ("MessageMetadata",)),
    "SendResponseResponse": (None, ("MessageMetadata",)),
    "RequestMessage": ("GetRequestResponse", ("Request", "Cancel")),
    "ResponseMessage": ("GetResponseResponse", ("Response",)),
    "SmevAsyncProcessingMessage": ("GetStatusResponse", ("AsyncProcessingStatusData",)),
}
#: The quick one, else the one that runs everywhere and says that it is slow.
_AUTO = ("engine", "python")


class LiveSeal:
    """`signing` is the package itself: it is loaded only where SMEV is configured."""

    def __init__(self, signing: Any, signer: Any, trust: Any, names: Names) -> None:
        self.signing, self.signer, self.trust = signing, signer, trust
        self.places = {holder: self._place(names.types, holder) for holder in _PLACES}

    def _place(self, types: str, holder: str) -> Any:
        reply, targets = _PLACES[holder]
        outer = (f"{{{types}}}{reply}",) if reply else ()
        container = (f"{{{SOAP}}}Body", *outer, f"{{{types}}}{holder}", f"{{{types}}}SMEVSignature")
        return self.signing.Place(container=container, targets=tuple((f"{{{types}}}{name}",) for name in targets))

    def sign(self, target: Any) -> Any:
        try:
            return self.signer.sign(target)
        except self.signing.SigningError as error:
            raise Unavailable(f"SMEV: cannot sign: {error}") from None

    def check(self, document: bytes, holder: str) -> Any:
        try:
            return self.signing.verify(document, self.places[holder], self.trust, self.signer.provider).element
        except self.signing.SignatureFault as error:
            raise Forged(error.code.value, error.detail) from None
        except self.signing.SigningError as error:
            raise Unavailable(f"SMEV: cannot check signatures: {error}") from None

    def detach(self, content: bytes) -> bytes:
        made: bytes = self.signing.detached_sign(content, self.signer)
        return made

    def health(self) -> str:
        known = [self.signer.certificate, *self.trust.certificates]
        return "; ".join(self.signing.warn_of_expiry(known, utc_now()))


def make_seal(signing: Any, settings: Settings, secret: Callable[[str], str]) -> Seal:
    """Raises Unavailable with the remedy: no engine, no file, a key and a certificate that are no pair."""
    given = settings.signing
    try:
        key, certificate, trust = (Path(resolve(one, secret)) for one in (given.key, given.certificate, given.trust))
        provider = _open_provider(signing, given.provider)
        signer = signing.Signer.open(key, certificate, provider)
        return LiveSeal(signing, signer, signing.Trust.open(trust), Names(settings.contract))
    except (Missing, signing.SigningError, OSError) as error:
        raise Unavailable(f"SMEV: cannot be connected: {error}") from None


def _open_provider(signing: Any, name: str) -> Any:
    if name != "auto":
        return signing.open_provider(name)
    first, last = _AUTO
    try:
        return signing.open_provider(first)
    except signing.SigningError:
        return signing.open_provider(last)
