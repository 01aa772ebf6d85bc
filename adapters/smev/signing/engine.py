"""`engine`: OpenSSL's engine `gost` in the system's libcrypto, by ctypes.

The engine is registered for GOST names only; nobody else's algorithms in this process change.
"""

import ctypes
from collections.abc import Iterable
from ctypes.util import find_library
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from adapters.smev.signing.faults import SigningError
from adapters.smev.signing.keys import PublicKey, read_private

REMEDY = "apt-get install libengine-gost-openssl (Debian), or choose the provider `python`, which is slow"
_POINTERS = (
    "ENGINE_by_id", "EVP_PKEY_CTX_new", "EVP_get_digestbyname", "EVP_MD_CTX_new", "d2i_PUBKEY", "d2i_AutoPrivateKey",
)  # fmt: skip


@cache
def open_engine() -> "Engine":
    """Raises SigningError with the install command when the engine or libcrypto is absent."""
    try:
        crypto = ctypes.CDLL(find_library("crypto") or "libcrypto.so.3")
        for name in _POINTERS:
            getattr(crypto, name).restype = ctypes.c_void_p
        crypto.OPENSSL_init_crypto(ctypes.c_uint64(0x2 | 0x40 | 0x400 | 0x800), None)
        engine = ctypes.c_void_p(crypto.ENGINE_by_id(b"gost"))
    except (OSError, AttributeError):
        raise SigningError(f"the system's libcrypto has no engines: {REMEDY}") from None
    if not engine or not crypto.ENGINE_init(engine):
        crypto.ERR_clear_error()
        raise SigningError(f"OpenSSL's engine `gost` is not installed: {REMEDY}")
    for register in ("digests", "pkey_meths", "pkey_asn1_meths"):
        getattr(crypto, f"ENGINE_register_{register}")(engine)
    return Engine(crypto, engine)


class Engine:
    name = "engine"

    def __init__(self, crypto: Any, engine: Any) -> None:
        self._crypto, self._engine = crypto, engine
        self._digests = {
            bits: ctypes.c_void_p(crypto.EVP_get_digestbyname(f"md_gost12_{bits}".encode())) for bits in (256, 512)
        }
        self._public = lru_cache(256)(self._load_public)

    def digest(self, bits: int, content: bytes) -> bytes:
        return self.digest_pieces(bits, (content,))

    def digest_pieces(self, bits: int, pieces: Iterable[bytes]) -> bytes:
        crypto, made = self._crypto, ctypes.create_string_buffer(64)
        context = ctypes.c_void_p(crypto.EVP_MD_CTX_new())
        try:
            done = (
                crypto.EVP_DigestInit_ex(context, self._digests[bits], self._engine) == 1
                and all(crypto.EVP_DigestUpdate(context, one, ctypes.c_size_t(len(one))) == 1 for one in pieces)
                and crypto.EVP_DigestFinal_ex(context, made, None) == 1
            )
        finally:
            crypto.EVP_MD_CTX_free(context)
        if not done:
            raise SigningError(f"the engine cannot compute Streebog: {REMEDY}")
        return made.raw[: bits // 8]

    def open_key(self, path: Path) -> "EngineKey":
        private = read_private(path)
        start = ctypes.c_char_p(private.pkcs8)
        loaded = ctypes.c_void_p(
            self._crypto.d2i_AutoPrivateKey(None, ctypes.byref(start), ctypes.c_long(len(private.pkcs8)))
        )
        if not loaded:
            self._crypto.ERR_clear_error()
            raise SigningError(f"{path}: the engine does not read this key; `tsur smev keygen` makes one for tests")
        return EngineKey(private.bits, loaded, self)

    def sign_digest(self, key: Any, bits: int, digest: bytes) -> bytes:
        crypto, made = self._crypto, ctypes.create_string_buffer(128)
        length = ctypes.c_size_t(128)
        context = ctypes.c_void_p(crypto.EVP_PKEY_CTX_new(key, self._engine))
        try:
            done = (
                crypto.EVP_PKEY_sign_init(context) == 1
                and crypto.EVP_PKEY_sign(context, made, ctypes.byref(length), digest, ctypes.c_size_t(len(digest))) == 1
            )
        finally:
            crypto.EVP_PKEY_CTX_free(context)
        if not done or length.value != bits // 4:
            crypto.ERR_clear_error()
            raise SigningError("the engine refused to sign with this key")
        return made.raw[: length.value]

    def verify(self, key: PublicKey, content: bytes, signature: bytes) -> bool:
        return len(signature) == key.bits // 4 and self.verify_digest(key, self.digest(key.bits, content), signature)

    def verify_digest(self, key: PublicKey, digest: bytes, signature: bytes) -> bool:
        crypto = self._crypto
        loaded = self._public(key.spki)
        context = ctypes.c_void_p(crypto.EVP_PKEY_CTX_new(loaded, self._engine)) if loaded else None
        try:
            good: bool = bool(context) and (
                crypto.EVP_PKEY_verify_init(context) == 1
                and crypto.EVP_PKEY_verify(
                    context, signature, ctypes.c_size_t(len(signature)), digest, ctypes.c_size_t(len(digest))
                )
                == 1
            )
        finally:
            crypto.EVP_PKEY_CTX_free(context)
            crypto.ERR_clear_error()
        return good

    def _load_public(self, spki: bytes) -> Any:
        """Kept for as long as the process lives: a partner has few certificates."""
        start = ctypes.c_char_p(spki)
        return ctypes.c_void_p(self._crypto.d2i_PUBKEY(None, ctypes.byref(start), ctypes.c_long(len(spki))))


@dataclass(frozen=True)
class EngineKey:
    bits: int
    loaded: Any
    provider: Engine

    def sign(self, content: bytes) -> bytes:
        return self.provider.sign_digest(self.loaded, self.bits, self.provider.digest(self.bits, content))
