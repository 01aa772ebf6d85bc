"""GOST R 34.10-2012 keys, as numbers on a named curve."""

from dataclasses import dataclass

#: Object identifier of a curve → its bytes per coordinate.
CURVES = {
    "1.2.643.2.2.35.1": 32,
    "1.2.643.2.2.35.2": 32,
    "1.2.643.2.2.35.3": 32,
    "1.2.643.2.2.36.0": 32,
    "1.2.643.2.2.36.1": 32,
    "1.2.643.7.1.2.1.1.1": 32,
    "1.2.643.7.1.2.1.1.2": 32,
    "1.2.643.7.1.2.1.1.3": 32,
    "1.2.643.7.1.2.1.1.4": 32,
    "1.2.643.7.1.2.1.2.1": 64,
    "1.2.643.7.1.2.1.2.2": 64,
    "1.2.643.7.1.2.1.2.3": 64,
}
CRYPTOPRO_A = "1.2.643.2.2.35.1"


@dataclass(frozen=True, slots=True)
class PublicKey:
    curve: str  # object identifier
    x: bytes  # big-endian
    y: bytes

    @property
    def size(self) -> int:
        return len(self.x)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    public: PublicKey
    secret: bytes  # big-endian
