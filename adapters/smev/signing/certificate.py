"""X.509 certificates with GOST keys, read without a library that knows GOST: what signatures need of RFC 5280."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from adapters.smev.signing import der
from adapters.smev.signing.algorithms import SIGNATURE_OID
from adapters.smev.signing.keys import PublicKey, read_public

_COMMON_NAME, _BASIC_CONSTRAINTS, _KEY_USAGE = "2.5.4.3", "2.5.29.19", "2.5.29.15"
_SIGNATURE_BITS = {oid: bits for bits, oid in SIGNATURE_OID.items()}
_CERT_SIGN, _DIGITAL_SIGNATURE, _NON_REPUDIATION = 0x04, 0x80, 0x40


@dataclass(frozen=True)
class Certificate:
    """`issuer` and `subject` are DER; `usage`: the first octet of keyUsage, None when the certificate has none."""

    der: bytes = field(repr=False)
    signed_part: bytes = field(repr=False)
    serial: bytes
    issuer: bytes = field(repr=False)
    subject: bytes = field(repr=False)
    not_before: datetime
    not_after: datetime
    public: PublicKey = field(repr=False)
    signature_bits: int
    signature: bytes = field(repr=False)
    is_ca: bool
    usage: int | None

    @property
    def fingerprint(self) -> str:
        """SHA-256, hex: how people tell certificates apart."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def label(self) -> str:
        """For logs and people: serial number, common name of the organisation, term."""
        return f"{self.serial.hex()} ({_common_name(self.subject)}, until {self.not_after:%Y-%m-%d})"

    @property
    def may_issue(self) -> bool:
        return self.is_ca and (self.usage is None or bool(self.usage & _CERT_SIGN))

    @property
    def may_sign(self) -> bool:
        return self.usage is None or bool(self.usage & (_DIGITAL_SIGNATURE | _NON_REPUDIATION))


@lru_cache(256)
def read_certificate(encoded: bytes) -> Certificate:
    """Raises ValueError for anything but a certificate with a GOST R 34.10-2012 key and signature.

    Kept: a partner has few certificates and shows one with every message.
    """
    signed_part, algorithm, signature = der.read(encoded).expect(der.SEQUENCE).children()
    bits = _SIGNATURE_BITS.get(der.read_oid(algorithm.children()[0].content))
    if bits is None:
        raise ValueError("the certificate is not signed with GOST R 34.10-2012")
    _, serial, inner, issuer, term, subject, key, *more = signed_part.children()
    if inner.whole != algorithm.whole:
        raise ValueError("the certificate names two signature algorithms")
    starts, ends = term.children()
    extensions = _read_extensions(more)
    usage = extensions.get(_KEY_USAGE)
    return Certificate(
        encoded, signed_part.whole, serial.content, issuer.whole, subject.whole, der.read_time(starts),
        der.read_time(ends), read_public(key.whole), bits, signature.expect(der.BITS).content[1:],
        _is_ca(extensions.get(_BASIC_CONSTRAINTS)), der.read(usage).content[1] if usage else None,
    )  # fmt: skip


def _read_extensions(more: list[der.Value]) -> dict[str, bytes]:
    for value in more:
        if value.tag == 0xA3:
            each = [one.children() for one in der.read(value.content).children()]
            return {der.read_oid(one[0].content): one[-1].content for one in each}
    return {}


def _is_ca(constraints: bytes | None) -> bool:
    children = der.read(constraints).children() if constraints else []
    return bool(children) and children[0].tag == der.BOOLEAN and children[0].content != b"\0"


def _common_name(subject: bytes) -> str:
    for group in der.read(subject).children():
        for pair in group.children():
            kind, value = pair.children()
            if der.read_oid(kind.content) == _COMMON_NAME:
                encoding = "utf-16-be" if value.tag == 0x1E else "utf-8"
                return value.content.decode(encoding, "replace")
    return "no common name"
