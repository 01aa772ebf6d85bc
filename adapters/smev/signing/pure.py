"""`python`: GOST by the pure-Python package `gostcrypto`. For tests and demos on machines without the engine.

Slow (about 20 signatures/s, 12 checks/s, 0.1 s per 16 KB digest) and not in constant time: not for production.
`gostcrypto` writes r‖s and reads digests big-endian; XMLDSig and CMS want s‖r over the little-endian digest.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        x, y = key.point[:half][::-1], key.point[half:][::-1]
        curve, swapped = self.curve(key.bits, key.curve), bytearray(signature[half:] + signature[:half])
        try:
            return bool(curve.verify(bytearray(x + y), bytearray(digest[::-1]), swapped))
        except self._gost.gostsignature.GOSTSignatureError:
            return False

    def sign(self, key: PrivateKey, content: bytes) -> bytes:
        half = key.bits // 8
        digest = bytearray(self.digest(key.bits, content)[::-1])
        signed = bytes(self.curve(key.bits, key.curve).sign(bytearray(key.number.to_bytes(half, "big")), digest))
        return signed[half:] + signed[:half]

    def curve(self, bits: int, curve: str) -> Any:
        module = self._gost.gostsignature
        parameters = module.CURVES_R_1323565_1_024_2019[known_curve(curve)]
        return module.new(module.MODE_256 if bits == 256 else module.MODE_512, parameters)

    def make_number(self, curve: str) -> int:
        order = int(self._gost.gostsignature.CURVES_R_1323565_1_024_2019[known_curve(curve)]["q"])
        return secrets.randbelow(order - 1) + 1

    def make_point(self, key: PrivateKey) -> bytes:
        """x‖y little-endian, as the public key's DER has it."""
        half = key.bits // 8
        made = bytes(self.curve(key.bits, key.curve).public_key_generate(bytearray(key.number.to_bytes(half, "big"))))
        return made[:half][::-1] + made[half:][::-1]


@dataclass(frozen=True)
class PureKey:
    private: PrivateKey
    provider: Pure

    @property
    def bits(self) -> int:
        return self.private.bits

    def sign(self, content: bytes) -> bytes:
        return self.provider.sign(self.private, content)
