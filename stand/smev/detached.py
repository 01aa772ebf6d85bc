"""Detached PKCS#7 of a file (CMS SignedData, RFC 5652): read by the stand's own DER, checked by libgcrypt."""

from datetime import UTC, datetime

from stand.smev import gost
from stand.smev.certificate import Certificate, read_certificate, read_oid, walk, wrap
from stand.smev.signature import Rejected

_SET, _ATTRIBUTES, _SIGNED_DATA, _DIGEST = 0x31, 0xA0, "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.4"


def check_detached(content: bytes, signature: bytes) -> Certificate:
    """The signer of a file: exactly one, with the only certificate inside. Raises Rejected."""
    try:
        certificate, attributes, value = _read(signature)
        digest = _find_digest(attributes)
    except (ValueError, IndexError, KeyError, StopIteration):
        raise Rejected("PoorSOAPEnvelopeFormat") from None
    if digest != gost.hash_bytes(content, certificate.key.size):
        raise Rejected("SignatureIsInvalid")
    if not gost.verify(certificate.key, wrap(_SET, attributes), value):
        raise Rejected("SignatureIsInvalid")
    if not certificate.begins <= datetime.now(UTC) <= certificate.ends:
        raise Rejected("CertificateIsExpired")
    return certificate


def _read(signature: bytes) -> tuple[Certificate, bytes, bytes]:
    """(certificate, content of the signed attributes, signature's value)."""
    ((_, whole),) = walk(signature)
    (_, kind), (_, explicit) = walk(whole)
    if read_oid(kind) != _SIGNED_DATA:
        raise ValueError("not SignedData")
    ((_, body),) = walk(explicit)
    _, _, (_, inside), (_, certificates), (_, signers) = walk(body)
    ((_, signer),) = walk(signers)
    if len(list(walk(inside))) != 1:
        raise ValueError("not detached")
    _, _, _, (tag, attributes), _, (_, value) = list(walk(signer))[:6]
    if tag != _ATTRIBUTES:
        raise ValueError("no signed attributes")
    return read_certificate(certificates), attributes, value


def _find_digest(attributes: bytes) -> bytes:
    for _, attribute in walk(attributes):
        (_, name), (_, values) = walk(attribute)
        if read_oid(name) == _DIGEST:
            return next(walk(values))[1]
    raise ValueError("no digest")
