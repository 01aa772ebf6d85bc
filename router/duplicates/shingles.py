"""What a text is made of, as keyed hashes: a sketch of its character 5-grams.

AES under the deployment's key is the hash: a stored sketch says nothing to who lacks the key, and a whole text is
hashed in one call.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from sys import byteorder

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SIZE = 5
BINS = 64  # a power of two
_BLOCK = 16
_PAD = b"\0" * (_BLOCK - 2 * SIZE)
_EMPTY = 1 << 64
_LOW = 0xFFFF


@lru_cache(maxsize=8)
def _make_cipher(key: bytes) -> Cipher[modes.ECB]:
    # ECB of single blocks is a keyed permutation, which is what is wanted here; nothing is enciphered with it.
    return Cipher(algorithms.AES(hashlib.blake2b(key, digest_size=16).digest()), modes.ECB())  # noqa: S305


def _hash_blocks(blocks: bytes, key: bytes) -> list[int]:
    """63 bits of each 16-byte block."""
    out = array("Q", _make_cipher(key).encryptor().update(blocks))
    if byteorder != "little":
        out.byteswap()
    return [value >> 1 for value in out[::2]]


def hash_blocks(texts: Iterable[bytes], key: bytes) -> list[int]:
    """63 bits of each text of at most 16 bytes, in one call."""
    return _hash_blocks(b"".join([text.ljust(_BLOCK, b"\0") for text in texts]), key)


def hash_text(text: str, key: bytes) -> int:
    """63 bits of a text of any length."""
    digest = hashlib.blake2b(text.encode(errors="replace"), key=key[:64], digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def sketch(words: Sequence[str], key: bytes) -> array[int]:
    """One-permutation MinHash: 64 minima of 16 bits; the share of equal ones estimates Jaccard similarity.
    Empty for a text without words."""
    if not words:
        return array("H")
    text = " ".join(words).ljust(SIZE)
    raw, width = text.encode("utf-16-le"), 2 * SIZE
    grams = {raw[start : start + width] for start in range(0, len(raw) - width + 1, 2)}
    least = [_EMPTY] * BINS
    for value in _hash_blocks(_PAD.join(grams) + _PAD, key):
        place = value & (BINS - 1)
        if value < least[place]:
            least[place] = value
    return _densify(least)


def _densify(least: list[int]) -> array[int]:
    """An empty bin borrows from the next filled one, so that short texts have whole sketches too."""
    filled = [place for place in range(BINS) if least[place] != _EMPTY]
    out = array("H", bytes(2 * BINS))
    for place in range(BINS):
        source = place if least[place] != _EMPTY else next((f for f in filled if f > place), filled[0])
        value = least[source] >> 6
        if source != place:
            value = value * 0x9E3779B97F4A7C15 + ((source - place) % BINS) >> 7
        out[place] = value & _LOW
    return out


def similarity(one: array[int], other: array[int]) -> float:
    """Estimated Jaccard similarity of the 5-grams, 0 to 1; ±0.06 is usual."""
    if not one or not other:
        return 0.0
    return sum(map(int.__eq__, one, other)) / BINS
