"""The little of DER that certificates, keys and PKCS#7 need: reading with bounds checked, writing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

SEQUENCE, SET, INTEGER, BITS, OCTETS, NULL, OID = 0x30, 0x31, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8, UTC_TIME, LONG_TIME, BOOLEAN = 0x0C, 0x17, 0x18, 0x01


@dataclass(frozen=True, slots=True)
class Value:
    """`whole` is tag, length and content as they were received."""

    tag: int
    content: bytes
    whole: bytes

    def children(self) -> list["Value"]:
        return list(read_all(self.content))

    def expect(self, tag: int) -> "Value":
        if self.tag != tag:
            raise ValueError(f"DER: tag {self.tag:#x} where {tag:#x} belongs")
        return self


def read(encoded: bytes) -> Value:
    """Exactly one value. Raises ValueError."""
    (only,) = read_all(encoded)
    return only


def read_all(encoded: bytes) -> Iterable[Value]:
    at = 0
    while at < len(encoded):
        start, tag = at, encoded[at]
        if tag & 0x1F == 0x1F or at + 2 > len(encoded):
            raise ValueError("DER: a tag that no certificate has, or a cut value")
        length, at = encoded[at + 1], at + 2
        if length >= 0x80:
            count = length & 0x7F
            if not 1 <= count <= 4 or at + count > len(encoded):
                raise ValueError("DER: a bad length")
            length, at = int.from_bytes(encoded[at : at + count], "big"), at + count
        if at + length > len(encoded):
            raise ValueError("DER: cut off")
        yield Value(tag, encoded[at : at + length], encoded[start : at + length])
        at += length


def read_oid(content: bytes) -> str:
    numbers, current = [], 0
    for byte in content:
        current = current << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(current)
            current = 0
    if not numbers:
        raise ValueError("DER: an empty object identifier")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - first * 40, *numbers[1:]]))


def read_time(value: Value) -> datetime:
    text = value.content.decode("ascii")
    if value.tag == UTC_TIME:
        text = ("20" if int(text[:2]) < 50 else "19") + text
    elif value.tag != LONG_TIME:
        raise ValueError("DER: not a time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def write(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def write_integer(number: int) -> bytes:
    return write(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def write_oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for number in (first * 40 + second, *rest):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return write(OID, content)


def write_time(moment: datetime) -> bytes:
    moment = moment.astimezone(UTC)
    if moment.year < 2050:
        return write(UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())
    return write(LONG_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())
