"""Detached PKCS#7 of a file (CMS SignedData, RFC 5652): by the stand's own DER, signed and checked by libgcrypt."""

from datetime import UTC, datetime

from stand.smev import gost
from stand.smev.certificate import (
    Certificate,
    read_certificate,
    read_issuer,
    read_oid,
    walk,
    wrap,
    write_oid,
)
from stand.smev.signature import Rejected

_SEQUENCE, _SET, _OCTETS, _ATTRIBUTES = 0x30, 0x31, 0x04, 0xA0
_SIGNED_DATA, _PLAIN = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1"
_CONTENT_TYPE, _DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
_STREEBOG_256, _KEY_256 = "1.2.643.7.1.1.2.2", "1.2.643.7.1.1.1.1"
_ONE = b"\x02\x01\x01"


def sign_detached(content: bytes, key: gost.PrivateKey, certificate: Certificate) -> bytes:
    """By a 256-bit key: version 1, one signer, its certificate inside, attributes signed. DER."""
    digest = gost.hash_bytes(content, 32)
    values = [(_CONTENT_TYPE, write_oid(_PLAIN)), (_DIGEST, wrap(_OCTETS, digest))]
    attributes = b"".join(sorted(wrap(_SEQUENCE, write_oid(oid), wrap(_SET, value)) for oid, value in values))
    algorithm = wrap(_SEQUENCE, write_oid(_STREEBOG_256))
    signer = wrap(
        _SEQUENCE, _ONE, wrap(_SEQUENCE, *read_issuer(certificate.der)), algorithm, wrap(_ATTRIBUTES, attributes),
        wrap(_SEQUENCE, write_oid(_KEY_256)), wrap(_OCTETS, gost.sign(key, wrap(_SET, attributes))),
    )  # fmt: skip
    body = wrap(
        _SEQUENCE, _ONE, wrap(_SET, algorithm), wrap(_SEQUENCE, write_oid(_PLAIN)), wrap(0xA0, certificate.der),
        wrap(_SET, signer),
    )  # fmt: skip
    return wrap(_SEQUENCE, write_oid(_SIGNED_DATA), wrap(0xA0, body))


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
