"""X.509 with GOST keys: just enough DER to read a sender's certificate and to write the exchange's own."""

import base64
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from stand.smev.gost import CRYPTOPRO_A, PrivateKey, PublicKey, sign

_OID, _BITS, _OCTETS, _SEQUENCE, _SET, _UTF8 = 0x06, 0x03, 0x04, 0x30, 0x31, 0x0C
_SIGNED_256 = "1.2.643.7.1.1.3.2"
_KEY_256, _KEY_512 = "1.2.643.7.1.1.1.1", "1.2.643.7.1.1.1.2"
_DIGEST_256 = "1.2.643.7.1.1.2.2"


@dataclass(frozen=True, slots=True)
class Certificate:
    der: bytes
    key: PublicKey
    begins: datetime
    ends: datetime

    @property
    def base64(self) -> str:
        return base64.b64encode(self.der).decode()

    @property
    def pem(self) -> bytes:
        lines = "\n".join(re.findall(".{1,64}", self.base64))
        return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n".encode()


def read_pem(text: bytes) -> Certificate:
    """Raises ValueError."""
    found = re.search(rb"-----BEGIN CERTIFICATE-----(.+?)-----END", text, re.DOTALL)
    if not found:
        raise ValueError("no certificate in it")
    return read_certificate(base64.b64decode(found[1]))


@lru_cache(256)
def read_certificate(der: bytes) -> Certificate:
    """Raises ValueError for anything but a certificate with a GOST 2012 key. Kept: a sender shows the same always."""
    try:
        ((_, whole),) = list(walk(der))
        body = next(walk(whole))[1]
        parts = [part for part in walk(body) if part[0] != 0xA0]  # without the version
        begins, ends = (_read_time(*time) for time in walk(parts[3][1]))
        return Certificate(der, _read_key(parts[5][1]), begins, ends)
    except (StopIteration, IndexError, KeyError) as error:
        raise ValueError("not a certificate") from error


def read_issuer(der: bytes) -> tuple[bytes, bytes]:
    """(issuer, serial number), each as DER: how a PKCS#7 names its signer."""
    ((_, whole),) = list(walk(der))
    body = next(walk(whole))[1]
    (_, serial), _, (_, issuer), *_ = (part for part in walk(body) if part[0] != 0xA0)
    return wrap(_SEQUENCE, issuer), wrap(0x02, serial)


def _read_key(info: bytes) -> PublicKey:
    (_, algorithm), (_, bits) = walk(info)
    parts = list(walk(algorithm))
    if read_oid(parts[0][1]) not in (_KEY_256, _KEY_512):
        raise ValueError("not a GOST R 34.10-2012 key")
    curve = read_oid(next(walk(parts[1][1]))[1])
    point = next(walk(bits[1:]))[1]
    half = len(point) // 2
    return PublicKey(curve, point[:half][::-1], point[half:][::-1])


def _read_time(tag: int, value: bytes) -> datetime:
    text = value.decode()
    return datetime.strptime(text, "%y%m%d%H%M%SZ" if tag == 0x17 else "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def read_oid(value: bytes) -> str:
    numbers, number = [value[0] // 40, value[0] % 40], 0
    for octet in value[1:]:
        number = number << 7 | octet & 127
        if octet < 128:
            numbers.append(number)
            number = 0
    return ".".join(map(str, numbers))


def walk(der: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, content) of each element."""
    at = 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 128:
            count = length & 127
            length, at = int.from_bytes(der[at : at + count], "big"), at + count
        if at + length > len(der):
            raise ValueError("cut DER")
        yield tag, der[at : at + length]
        at += length


def make_certificate(name: str, key: PrivateKey, days: int = 365) -> Certificate:
    """Signed by the key itself."""
    now = datetime.now(UTC).replace(microsecond=0)
    begins, ends = now - timedelta(days=1), now + timedelta(days=days)
    algorithm = wrap(_SEQUENCE, write_oid(_SIGNED_256))
    subject = wrap(_SEQUENCE, wrap(_SET, wrap(_SEQUENCE, write_oid("2.5.4.3"), wrap(_UTF8, name.encode()))))
    validity = wrap(_SEQUENCE, *(wrap(0x17, f"{time:%y%m%d%H%M%SZ}".encode()) for time in (begins, ends)))
    serial = wrap(0x02, b"\x01" + secrets.token_bytes(15))
    version = wrap(0xA0, wrap(0x02, b"\x02"))
    body = wrap(_SEQUENCE, version, serial, algorithm, subject, validity, subject, _key(key.public))
    der = wrap(_SEQUENCE, body, algorithm, wrap(_BITS, b"\0" + sign(key, body)))
    return Certificate(der, key.public, begins, ends)


def _key(key: PublicKey) -> bytes:
    kind = wrap(_SEQUENCE, write_oid(_KEY_256), wrap(_SEQUENCE, write_oid(CRYPTOPRO_A), write_oid(_DIGEST_256)))
    return wrap(_SEQUENCE, kind, wrap(_BITS, b"\0" + wrap(_OCTETS, key.x[::-1] + key.y[::-1])))


def wrap(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + content


def write_oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    made = [first * 40 + second]
    for number in rest:
        groups = [number & 127]
        while number := number >> 7:
            groups.insert(0, number & 127 | 128)
        made += groups
    return wrap(_OID, bytes(made))
