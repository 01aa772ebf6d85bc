"""GOST R 34.10-2012 by GnuTLS, which most Debian machines have for their own needs. It knows few parameter sets."""

import ctypes
from ctypes.util import find_library
from functools import cache, lru_cache
from typing import Any

from stand.smev.keys import PrivateKey, PublicKey

#: Its numbers, by bytes of a coordinate: the digest (Streebog) and the signature's algorithm.
_STREEBOG, _ALGORITHM = {32: 16, 64: 17}, {32: 44, 64: 45}
_USUAL = 0  # parameters of a cipher that the key could serve as well


class _Given(ctypes.Structure):
    """Its bytes live as long as it does."""

    _fields_ = (("data", ctypes.c_char_p), ("size", ctypes.c_uint))


class _Made(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("size", ctypes.c_uint))


@cache
def library() -> Any:
    """None where it is absent or too old to know GOST (3.6.3)."""
    name = find_library("gnutls")
    try:
        found = ctypes.CDLL(name) if name else None
        return found if found and found.gnutls_pubkey_import_gost_raw else None
    except (OSError, AttributeError):
        return None


@cache
def knows(curve: str) -> bool:
    return bool(library() and library().gnutls_oid_to_ecc_curve(curve.encode()))


def verify(key: PublicKey, digest: bytes, signature: bytes) -> bool:
    """Only of a known curve. False also when this machine's policy forbids GnuTLS the algorithm."""
    told = library().gnutls_pubkey_verify_hash2(_open(key), _ALGORITHM[key.size], 0, _put(digest), _put(signature))
    return bool(told == 0)


def sign(key: PrivateKey, digest: bytes) -> bytes | None:
    """s and r; None where it refuses."""
    made = _Made()
    opened, kind = _open_private(key), _ALGORITHM[key.public.size]
    if library().gnutls_privkey_sign_hash2(opened, kind, 0, _put(digest), ctypes.byref(made)):
        return None
    try:
        return ctypes.string_at(made.data, made.size)
    finally:
        _free(made)


@lru_cache(256)
def _open(key: PublicKey) -> ctypes.c_void_p:
    """Kept for as long as the process lives: senders have few certificates."""
    opened = ctypes.c_void_p()
    library().gnutls_pubkey_init(ctypes.byref(opened))
    library().gnutls_pubkey_import_gost_raw(opened, *_describe(key))
    return opened


@lru_cache(16)
def _open_private(key: PrivateKey) -> ctypes.c_void_p:
    opened = ctypes.c_void_p()
    library().gnutls_privkey_init(ctypes.byref(opened))
    library().gnutls_privkey_import_gost_raw(opened, *_describe(key.public), _put(key.secret[::-1]))
    return opened


def _describe(key: PublicKey) -> tuple[Any, ...]:
    """Curve, digest, cipher's parameters, and the point, which it takes from the last byte to the first."""
    curve = library().gnutls_oid_to_ecc_curve(key.curve.encode())
    return curve, _STREEBOG[key.size], _USUAL, _put(key.x[::-1]), _put(key.y[::-1])


def _put(content: bytes) -> Any:
    return ctypes.byref(_Given(content, len(content)))


def _free(made: _Made) -> None:
    """By the function that the library itself allocates for."""
    free = ctypes.CFUNCTYPE(None, ctypes.c_void_p).in_dll(library(), "gnutls_free")
    free(made.data)
