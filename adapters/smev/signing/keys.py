"""GOST R 34.10-2012 keys as their DER carries them (RFC 9215; PKCS#8 as gost-engine writes it)."""

import base64
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from adapters.smev.signing import der
from adapters.smev.signing.algorithms import CURVES, DIGEST_OID, KEY_OID
from adapters.smev.signing.faults import SigningError

_PEM = re.compile(rb"-----BEGIN ([A-Z ]+)-----\s*(.*?)-----END \1-----", re.DOTALL)
_BITS = {oid: bits for bits, oid in KEY_OID.items()}


@dataclass(frozen=True)
class PublicKey:
    """`spki`: SubjectPublicKeyInfo. `point`: x‖y, each little-endian."""

    bits: int
    curve: str
    point: bytes
    spki: bytes


@dataclass(frozen=True)
class PrivateKey:
    """`number` is the secret; it shows in no repr. `pkcs8`: the DER it was read from."""

    bits: int
    curve: str
    pkcs8: bytes = field(repr=False)

    @cached_property
    def number(self) -> int:
        _, _, inner = der.read(self.pkcs8).children()[:3]
        value = der.read(inner.content) if inner.content[:1] in b"\x02\x04" and _is_wrapped(inner.content) else inner
        return int.from_bytes(value.content, "big" if value.tag == der.INTEGER else "little")


def _is_wrapped(content: bytes) -> bool:
    try:
        return der.read(content).whole == content and len(content) not in (32, 64)
    except ValueError:
        return False


def read_public(spki: bytes) -> PublicKey:
    """Raises ValueError for anything but a GOST R 34.10-2012 key."""
    algorithm, bits_value = der.read(spki).expect(der.SEQUENCE).children()
    bits, curve = _read_algorithm(algorithm)
    point = der.read(bits_value.expect(der.BITS).content[1:]).expect(der.OCTETS).content
    if len(point) != bits // 4:
        raise ValueError("the public key's length does not fit its algorithm")
    return PublicKey(bits, curve, point, spki)


def write_public(bits: int, curve: str, point: bytes) -> PublicKey:
    spki = der.write(
        der.SEQUENCE, _write_algorithm(bits, curve), der.write(der.BITS, b"\0", der.write(der.OCTETS, point))
    )
    return PublicKey(bits, curve, point, spki)


def read_private(path: Path) -> PrivateKey:
    """An unencrypted PKCS#8 PEM. Raises SigningError naming the file, never its content."""
    try:
        for name, encoded in read_pem(path.read_bytes()):
            if name == "PRIVATE KEY":
                bits, curve = _read_algorithm(der.read(encoded).children()[1])
                return PrivateKey(bits, curve, encoded)
    except OSError as error:
        raise SigningError(f"{path}: {error.strerror}; give a readable key file") from None
    except ValueError:
        raise SigningError(f"{path}: not a GOST R 34.10-2012 key; `tsur smev keygen` makes one for tests") from None
    raise SigningError(f"{path}: no `BEGIN PRIVATE KEY` (unencrypted PKCS#8 PEM)")


def write_private(bits: int, curve: str, number: int) -> PrivateKey:
    secret = der.write(der.OCTETS, number.to_bytes(bits // 8, "little"))
    return PrivateKey(bits, curve, der.write(der.SEQUENCE, der.write_integer(0), _write_algorithm(bits, curve), secret))


def _read_algorithm(algorithm: der.Value) -> tuple[int, str]:
    oid, parameters = algorithm.expect(der.SEQUENCE).children()
    bits = _BITS.get(der.read_oid(oid.content))
    curve = der.read_oid(parameters.children()[0].content)
    if bits is None:
        raise ValueError("not a GOST R 34.10-2012 key")
    return bits, curve


def _write_algorithm(bits: int, curve: str) -> bytes:
    parameters = [der.write_oid(curve)]
    if curve.startswith("1.2.643.2.2."):
        parameters.append(der.write_oid(DIGEST_OID[bits]))
    return der.write(der.SEQUENCE, der.write_oid(KEY_OID[bits]), der.write(der.SEQUENCE, *parameters))


def read_pem(text: bytes) -> list[tuple[str, bytes]]:
    """(what it is, DER) of every block. Raises ValueError."""
    return [(name.decode(), base64.b64decode(body)) for name, body in _PEM.findall(text)]


def write_pem(name: str, encoded: bytes) -> bytes:
    body = base64.encodebytes(encoded)
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (name.encode(), body, name.encode())


def known_curve(curve: str) -> str:
    """The name of a parameter set. Raises SigningError."""
    try:
        return CURVES[curve]
    except KeyError:
        raise SigningError(f"parameter set {curve} is not known; use the provider `engine`") from None
