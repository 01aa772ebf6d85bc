"""GOST R 34.10-2012 (256 and 512) and Streebog by other implementations than the gateway's.

libgcrypt knows every parameter set; where GnuTLS is installed and knows one as well, it signs and checks: six and
twenty times as fast.
"""

from stand.smev import gcrypt, gnutls
from stand.smev.gcrypt import NoLibrary
from stand.smev.keys import CRYPTOPRO_A, CURVES, PrivateKey, PublicKey

__all__ = ["CRYPTOPRO_A", "CURVES", "NoLibrary", "PrivateKey", "PublicKey", "hash_bytes", "is_quick", "make_key",
           "sign", "verify"]  # fmt: skip

hash_bytes, make_key = gcrypt.hash_bytes, gcrypt.make_key


def is_quick() -> bool:
    """Whether signatures of the usual keys cost less than a change of threads."""
    return gnutls.knows(CRYPTOPRO_A)


def verify(key: PublicKey, content: bytes, signature: bytes) -> bool:
    """`signature`: s and r, each big-endian, as XMLDSig carries them. What GnuTLS refuses, libgcrypt decides."""
    if len(signature) != 2 * key.size or key.curve not in CURVES:
        return False
    digest = hash_bytes(content, key.size)
    known = gnutls.knows(key.curve) and gnutls.verify(key, digest, signature)
    return known or gcrypt.verify(key, digest, signature)


def sign(key: PrivateKey, content: bytes) -> bytes:
    """s and r."""
    digest = hash_bytes(content, key.public.size)
    made = gnutls.sign(key, digest) if gnutls.knows(key.public.curve) else None
    return made or gcrypt.sign(key, digest)
