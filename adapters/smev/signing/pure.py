"""`python`: GOST without OpenSSL, for tests and demos on machines without its engine.

Streebog and the parameter sets come from the package `gostcrypto`, the arithmetic from `curve`: about 150 signatures/s
and 100 checks/s of short messages, but 0.1 s for the digest of 16 KB, and not in constant time. Not for production.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from adapters.smev.signing.curve import Curve
from adapters.smev.signing.faults import SigningError
from adapters.smev.signing.keys import PrivateKey, PublicKey, known_curve, read_private


class Pure:
    name = "python"

    def __init__(self) -> None:
        try:
            import gostcrypto
        except ImportError:
            raise SigningError("the provider `python` needs a package: pip install gostcrypto") from None
        self._gost: Any = gostcrypto

    def digest(self, bits: int, content: bytes) -> bytes:
        return self.digest_pieces(bits, (content,))

    def digest_pieces(self, bits: int, pieces: Iterable[bytes]) -> bytes:
        made = self._gost.gosthash.new(f"streebog{bits}")
        for piece in pieces:
            made.update(bytearray(piece))
        return bytes(made.digest())

    def open_key(self, path: Path) -> "PureKey":
        return PureKey(read_private(path), self)

    def verify(self, key: PublicKey, content: bytes, signature: bytes) -> bool:
        return len(signature) == key.bits // 4 and self.verify_digest(key, self.digest(key.bits, content), signature)

    def verify_digest(self, key: PublicKey, digest: bytes, signature: bytes) -> bool:
        half = key.bits // 8
        point = int.from_bytes(key.point[:half], "little"), int.from_bytes(key.point[half:], "little")
        s, r = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        return _find_curve(key.curve).verify(point, int.from_bytes(digest, "little"), s, r)

    def sign(self, key: PrivateKey, content: bytes) -> bytes:
        half, curve = key.bits // 8, _find_curve(key.curve)
        digest = int.from_bytes(self.digest(key.bits, content), "little")
        while (made := curve.sign(key.number, digest, secrets.randbelow(curve.q - 1) + 1)) is None:
            pass
        return b"".join(part.to_bytes(half, "big") for part in made)

    def make_number(self, curve: str) -> int:
        return secrets.randbelow(_find_curve(curve).q - 1) + 1

    def make_point(self, key: PrivateKey) -> bytes:
        """x‖y little-endian, as the public key's DER has it."""
        curve = _find_curve(key.curve)
        point = curve.sum_up([(key.number, curve.base)])
        if point is None:
            raise SigningError("not a private key of its parameter set")
        return b"".join(part.to_bytes(key.bits // 8, "little") for part in point)


@cache
def _find_curve(oid: str) -> Curve:
    """Raises SigningError."""
    from gostcrypto.gostsignature import CURVES_R_1323565_1_024_2019

    given = {name: int(value) for name, value in CURVES_R_1323565_1_024_2019[known_curve(oid)].items()}
    return Curve(given["p"], given["a"], given["b"], given["q"], (given["x"], given["y"]))


@dataclass(frozen=True)
class PureKey:
    private: PrivateKey
    provider: Pure

    @property
    def bits(self) -> int:
        return self.private.bits

    def sign(self, content: bytes) -> bytes:
        return self.provider.sign(self.private, content)
