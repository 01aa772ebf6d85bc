"""Detached PKCS#7 (CMS SignedData, RFC 5652 with RFC 9215's GOST names) of an attachment, as DER."""

import hmac
from collections.abc import Callable
from datetime import UTC, datetime

from adapters.smev.signing import der
from adapters.smev.signing.algorithms import DIGEST_OID, KEY_OID, SIGNATURE_OID
from adapters.smev.signing.certificate import Certificate, read_certificate
from adapters.smev.signing.faults import Fault, SignatureFault
from adapters.smev.signing.provider import Provider
from adapters.smev.signing.signature import Signer
from adapters.smev.signing.trust import Trust

_SIGNED_DATA, _PLAIN = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1"
_CONTENT_TYPE, _DIGEST, _TIME = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5"
_BITS_BY_DIGEST = {oid: bits for bits, oid in DIGEST_OID.items()}


def detached_sign(content: bytes, signer: Signer, now: datetime | None = None) -> bytes:
    """Signed attributes: content type, digest, time. Raises SigningError."""
    return sign_digest(signer.provider.digest(signer.key.bits, content), signer, now)


def sign_digest(digested: bytes, signer: Signer, now: datetime | None = None) -> bytes:
    """The same of a content by its Streebog digest of the key's size."""
    bits = signer.key.bits
    attributes = _write_attributes(digested, now or datetime.now(UTC))
    value = signer.key.sign(der.write(der.SET, attributes))
    digest = _algorithm(DIGEST_OID[bits])
    serial = der.write(der.INTEGER, signer.certificate.serial)
    info = der.write(
        der.SEQUENCE, der.write_integer(1), der.write(der.SEQUENCE, signer.certificate.issuer, serial), digest,
        der.write(0xA0, attributes), _algorithm(KEY_OID[bits]), der.write(der.OCTETS, value),
    )  # fmt: skip
    signed = der.write(
        der.SEQUENCE, der.write_integer(1), der.write(der.SET, digest),
        der.write(der.SEQUENCE, der.write_oid(_PLAIN)), der.write(0xA0, signer.certificate.der),
        der.write(der.SET, info),
    )  # fmt: skip
    return der.write(der.SEQUENCE, der.write_oid(_SIGNED_DATA), der.write(0xA0, signed))


def detached_verify(
    content: bytes, signature: bytes, trust: Trust, provider: Provider, now: datetime | None = None
) -> Certificate:
    """Who signed. Exactly one signer, with its certificate inside. Raises SignatureFault."""
    return verify_digest(lambda bits: provider.digest(bits, content), signature, trust, provider, now)


def verify_digest(
    digest: Callable[[int], bytes], signature: bytes, trust: Trust, provider: Provider, now: datetime | None = None
) -> Certificate:
    """The same of a content whose Streebog of 256 or 512 bits `digest` computes."""
    try:
        certificates, info = _read_signed(signature)
        return _check(digest, certificates, info, trust, provider, now or datetime.now(UTC))
    except (ValueError, IndexError, KeyError):
        raise SignatureFault(Fault.invalid, "not a PKCS#7 signature of one signer with GOST R 34.10-2012") from None


def _write_attributes(digest: bytes, now: datetime) -> bytes:
    each = [
        _attribute(_CONTENT_TYPE, der.write_oid(_PLAIN)), _attribute(_TIME, der.write_time(now)),
        _attribute(_DIGEST, der.write(der.OCTETS, digest)),
    ]  # fmt: skip
    return b"".join(sorted(each))


def _attribute(oid: str, value: bytes) -> bytes:
    return der.write(der.SEQUENCE, der.write_oid(oid), der.write(der.SET, value))


def _algorithm(oid: str) -> bytes:
    return der.write(der.SEQUENCE, der.write_oid(oid))


def _read_signed(signature: bytes) -> tuple[list[Certificate], list[der.Value]]:
    kind, wrapped = der.read(signature).children()
    if der.read_oid(kind.content) != _SIGNED_DATA:
        raise ValueError
    *_, inside, certificates, infos = [
        one for one in der.read(wrapped.content).children() if one.tag != 0xA1  # revocation lists
    ]  # fmt: skip
    if len(inside.children()) != 1:
        raise ValueError  # not detached
    (info,) = infos.children()
    return [read_certificate(one.whole) for one in certificates.expect(0xA0).children()], info.children()


def _check(
    digest_of: Callable[[int], bytes],
    certificates: list[Certificate],
    info: list[der.Value],
    trust: Trust,
    provider: Provider,
    now: datetime,
) -> Certificate:
    _, signer, digest_algorithm, attributes, algorithm, value = info[:6]
    issuer, serial = signer.children()
    bits = _BITS_BY_DIGEST[der.read_oid(digest_algorithm.children()[0].content)]
    certificate = next(
        (one for one in certificates if (one.issuer, one.serial) == (issuer.whole, serial.content)), None
    )
    if certificate is None:
        raise SignatureFault(Fault.no_certificate, "the signer's certificate is not inside the signature")
    if der.read_oid(algorithm.children()[0].content) not in (KEY_OID[bits], SIGNATURE_OID[bits]):
        raise SignatureFault(Fault.invalid, "a signature algorithm other than GOST R 34.10-2012")
    if certificate.public.bits != bits:
        raise SignatureFault(Fault.invalid, "the certificate's key has another size than the signature says")
    trust.check(certificate, provider, now)
    signed = {
        der.read_oid(one.children()[0].content): one.children()[1].children()
        for one in attributes.expect(0xA0).children()
    }
    (digest,), (kind,) = signed[_DIGEST], signed[_CONTENT_TYPE]
    if der.read_oid(kind.content) != _PLAIN or not hmac.compare_digest(digest.content, digest_of(bits)):
        raise SignatureFault(Fault.invalid, "the file was changed: its digest differs")
    if not provider.verify(certificate.public, der.write(der.SET, attributes.content), value.content):
        raise SignatureFault(Fault.invalid, f"the signature does not fit certificate {certificate.label}")
    return certificate
