"""XMLDSig of one element: SignedInfo is written in canonical form at once, so nothing is serialised twice."""

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from adapters.smev.signing.algorithms import C14N, DIGEST_URI, DS, SIGNATURE_URI, TRANSFORM
from adapters.smev.signing.certificate import Certificate
from adapters.smev.signing.faults import SigningError
from adapters.smev.signing.provider import Key, Provider
from adapters.smev.signing.transform import transform
from adapters.smev.signing.trust import read_certificates

_PLAIN_ID = re.compile(r"[^\W\d][\w.-]*")
_SIGNED_INFO = (
    "<ds:SignedInfo{declared}>"
    f'<ds:CanonicalizationMethod Algorithm="{C14N}"></ds:CanonicalizationMethod>'
    '<ds:SignatureMethod Algorithm="{method}"></ds:SignatureMethod>'
    '<ds:Reference URI="#{reference}"><ds:Transforms>'
    f'<ds:Transform Algorithm="{C14N}"></ds:Transform><ds:Transform Algorithm="{TRANSFORM}"></ds:Transform>'
    '</ds:Transforms><ds:DigestMethod Algorithm="{digest_method}"></ds:DigestMethod>'
    "<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
)
_SIGNATURE = (
    f'<ds:Signature xmlns:ds="{DS}">{{info}}<ds:SignatureValue>{{value}}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>'
    "<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
)


@dataclass(frozen=True)
class Signer:
    """A key with its certificate. Safe to use from several threads."""

    key: Key
    certificate: Certificate
    provider: Provider

    @classmethod
    def open(cls, key: Path, certificate: Path, provider: Provider) -> "Signer":
        """PEM files. Raises SigningError when one is missing, or they are not a pair."""
        made = cls(provider.open_key(key), read_certificates(certificate)[0], provider)
        made._check_pair(key, certificate)
        return made

    def sign(self, element: Any, reference_id: str | None = None) -> Any:
        """A ds:Signature over the element, by its `Id`. Raises TransformError, SigningError."""
        reference = reference_id or element.get("Id")
        if not reference or not _PLAIN_ID.fullmatch(reference):
            raise SigningError("the element to sign needs an attribute Id that is an XML name")
        return etree.fromstring(self.write(transform(element), reference))

    def write(self, digested: bytes, reference: str) -> bytes:
        """ds:Signature over what the transform made, as bytes."""
        bits = self.key.bits
        digest = self.provider.digest(bits, digested)
        fields = {"method": SIGNATURE_URI[bits], "digest_method": DIGEST_URI[bits], "reference": reference,
                  "digest": base64.b64encode(digest).decode()}  # fmt: skip
        value = self.key.sign(_SIGNED_INFO.format(declared=f' xmlns:ds="{DS}"', **fields).encode())
        return _SIGNATURE.format(
            info=_SIGNED_INFO.format(declared="", **fields), value=base64.b64encode(value).decode(),
            certificate=base64.b64encode(self.certificate.der).decode(),
        ).encode()  # fmt: skip

    def _check_pair(self, key: Path, certificate: Path) -> None:
        if self.key.bits == self.certificate.public.bits:  # noqa: SIM102 - the costly check stands last
            if self.provider.verify(self.certificate.public, b"pair", self.key.sign(b"pair")):
                return
        raise SigningError(f"{certificate} is not the certificate of the key {key}")
