"""Test keys and certificates. Works with any provider, also on machines without the engine."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.smev.signing import der
from adapters.smev.signing.algorithms import SIGNATURE_OID, USUAL_CURVE
from adapters.smev.signing.certificate import Certificate, read_certificate
from adapters.smev.signing.faults import SigningError
from adapters.smev.signing.keys import PublicKey, write_pem, write_private, write_public
from adapters.smev.signing.provider import Key, Provider
from adapters.smev.signing.pure import Pure

_COMMON_NAME, _BASIC_CONSTRAINTS, _KEY_USAGE = "2.5.4.3", "2.5.29.19", "2.5.29.15"


@dataclass(frozen=True)
class Issuer:
    key: Key
    certificate: Certificate


@dataclass(frozen=True)
class Wish:
    """`name`: the subject's common name. `start`: now when None."""

    name: str
    bits: int = 256
    days: int = 365
    is_ca: bool = False
    start: datetime | None = None


def make_pair(
    key: Path, certificate: Path, wish: Wish, provider: Provider, issuer: Issuer | None = None
) -> Certificate:
    """Writes an unencrypted key (mode 0600) and its certificate, self-signed without `issuer`. Raises SigningError."""
    if key.exists() or certificate.exists():
        raise SigningError(f"{key if key.exists() else certificate} exists; keys are never overwritten")
    curve, pure = USUAL_CURVE[wish.bits], Pure()
    private = write_private(wish.bits, curve, pure.make_number(curve))
    public = write_public(wish.bits, curve, pure.make_point(private))
    key.touch(mode=0o600)
    key.write_bytes(write_pem("PRIVATE KEY", private.pkcs8))
    opened = provider.open_key(key)
    made = _issue(wish, public, issuer.key if issuer else opened, issuer.certificate.subject if issuer else None)
    certificate.write_bytes(write_pem("CERTIFICATE", made))
    return read_certificate(made)


def _issue(wish: Wish, public: PublicKey, key: Key, issuer: bytes | None) -> bytes:
    subject, start = _name(wish.name), wish.start or datetime.now(UTC) - timedelta(minutes=5)
    algorithm = der.write(der.SEQUENCE, der.write_oid(SIGNATURE_OID[key.bits]))
    term = der.write(der.SEQUENCE, der.write_time(start), der.write_time(start + timedelta(days=wish.days)))
    body = der.write(
        der.SEQUENCE, der.write(0xA0, der.write_integer(2)), der.write_integer(secrets.randbits(120) | 1), algorithm,
        issuer or subject, term, subject, public.spki, der.write(0xA3, _extensions(wish.is_ca)),
    )  # fmt: skip
    return der.write(der.SEQUENCE, body, algorithm, der.write(der.BITS, b"\0", key.sign(body)))


def _extensions(is_ca: bool) -> bytes:
    constraints = der.write(der.SEQUENCE, der.write(der.BOOLEAN, b"\xff") if is_ca else b"")
    usage = der.write(der.BITS, b"\x01\x06" if is_ca else b"\x06\xc0")
    return der.write(der.SEQUENCE, _extension(_BASIC_CONSTRAINTS, constraints), _extension(_KEY_USAGE, usage))


def _extension(oid: str, value: bytes) -> bytes:
    critical = der.write(der.BOOLEAN, b"\xff")
    return der.write(der.SEQUENCE, der.write_oid(oid), critical, der.write(der.OCTETS, value))


def _name(common_name: str) -> bytes:
    pair = der.write(der.SEQUENCE, der.write_oid(_COMMON_NAME), der.write(der.UTF8, common_name.encode()))
    return der.write(der.SEQUENCE, der.write(der.SET, pair))
