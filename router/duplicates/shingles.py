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
_BIN = BINS - 1
_MIX = 0x9E3779B97F4A7C15
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
    least = [_EMPTY] * BINS
    for value in _hash_blocks(_cut_grams(" ".join(words).ljust(SIZE)), key):
        if value < least[value & _BIN]:
            least[value & _BIN] = value
    return array("H", _densify(least))


def _cut_grams(text: str) -> bytes:
    """Each 5-gram of the text in UTF-16, padded to a block. All first bytes are put in place at once, then all second
    ones and so on: much faster than gram by gram."""
    raw = text.encode("utf-16-le")
    count = len(raw) // 2 - SIZE + 1
    blocks = bytearray(_BLOCK * count)
    for place in range(2 * SIZE):
        blocks[place::_BLOCK] = raw[place : place + 2 * count : 2]
    return bytes(blocks)


def _densify(least: list[int]) -> list[int]:
    """16 bits of each bin. An empty one borrows from the next filled one, so that short texts have whole sketches."""
    out = [value >> 6 & _LOW for value in least]
    if _EMPTY not in least:
        return out
    source = next(place for place in range(BINS) if least[place] != _EMPTY)
    for place in reversed(range(BINS)):
        if least[place] != _EMPTY:
            source = place
        else:
            out[place] = (least[source] >> 6) * _MIX + (source - place) % BINS >> 7 & _LOW
    return out


def similarity(one: array[int], other: array[int]) -> float:
    """Estimated Jaccard similarity of the 5-grams, 0 to 1; ±0.06 is usual."""
    if not one or not other:
        return 0.0
    return sum(map(int.__eq__, one, other)) / BINS
