"""XMLDSig of the exchange: what callers sign is checked, what the exchange says is signed."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from stand.smev import gost
from stand.smev.certificate import Certificate, read_certificate
from stand.smev.names import DS, element, find, text_of
from stand.smev.transform import transform

_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
_SMEV = "urn://smev-gov-ru/xmldsig/transform"
_ALGORITHM = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:"
_SIGNED = {32: f"{_ALGORITHM}gostr34102012-gostr34112012-256", 64: f"{_ALGORITHM}gostr34102012-gostr34112012-512"}
_DIGESTED = {32: f"{_ALGORITHM}gostr34112012-256", 64: f"{_ALGORITHM}gostr34112012-512"}


class Rejected(Exception):
    """`code`: one of the contract's reasons of SignatureVerificationFault."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check(holder: Any, target: Any) -> Certificate:
    """The signer of `target`, whose signature stands in `holder`. Raises Rejected."""
    found = find(holder, "Signature") if holder is not None else None
    if found is None:
        raise Rejected("NoSignatureFound")
    info = find(found, "SignedInfo")
    references = [] if info is None else info.findall(f"{{{DS}}}Reference")
    if len(references) != 1 or target is None or references[0].get("URI") != f"#{target.get('Id')}":
        raise Rejected("IncorrectSignatureTarget")
    certificate = _read_certificate(found)
    size = certificate.key.size
    _check_algorithms(info, references[0], size)
    digest = _decode(text_of(references[0], "DigestValue"))
    if gost.hash_bytes(transform(target), size) != digest:
        raise Rejected("SignatureIsInvalid")
    if not gost.verify(certificate.key, _canonical(info), _decode(text_of(found, "SignatureValue"))):
        raise Rejected("SignatureIsInvalid")
    if not certificate.begins <= datetime.now(UTC) <= certificate.ends:
        raise Rejected("CertificateIsExpired")
    return certificate


def _read_certificate(signature: Any) -> Certificate:
    try:
        return read_certificate(_decode(text_of(signature, "KeyInfo/X509Data/X509Certificate")))
    except ValueError:
        raise Rejected("CertificateIsNotFound") from None


def _check_algorithms(info: Any, reference: Any, size: int) -> None:
    said = [
        _algorithm(info, "CanonicalizationMethod"), _algorithm(info, "SignatureMethod"),
        _algorithm(reference, "DigestMethod"),
        *(node.get("Algorithm") for node in reference.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform")),
    ]  # fmt: skip
    if said != [_C14N, _SIGNED[size], _DIGESTED[size], _C14N, _SMEV]:
        raise Rejected("SignatureIsInvalid")


def _algorithm(node: Any, name: str) -> str | None:
    found = find(node, name)
    return None if found is None else found.get("Algorithm")


def _canonical(node: Any) -> bytes:
    return bytes(etree.tostring(node, method="c14n", exclusive=True, with_comments=False))


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise Rejected("SignatureIsInvalid") from None


@dataclass(frozen=True, slots=True)
class Signer:
    key: gost.PrivateKey
    certificate: Certificate

    def sign(self, target: Any) -> Any:
        """A ds:Signature of an element by its Id."""
        size = self.key.public.size
        digest = base64.b64encode(gost.hash_bytes(transform(target), size)).decode()
        reference = element(
            DS,
            "Reference",
            element(DS, "Transforms", *(element(DS, "Transform", Algorithm=name) for name in (_C14N, _SMEV))),
            element(DS, "DigestMethod", Algorithm=_DIGESTED[size]),
            element(DS, "DigestValue", text=digest),
            URI=f"#{target.get('Id')}",
        )
        info = element(
            DS,
            "SignedInfo",
            element(DS, "CanonicalizationMethod", Algorithm=_C14N),
            element(DS, "SignatureMethod", Algorithm=_SIGNED[size]),
            reference,
        )
        value = base64.b64encode(gost.sign(self.key, _canonical(info))).decode()
        shown = element(DS, "X509Data", element(DS, "X509Certificate", text=self.certificate.base64))
        return element(
            DS, "Signature", info, element(DS, "SignatureValue", text=value), element(DS, "KeyInfo", shown)
        )  # fmt: skip
