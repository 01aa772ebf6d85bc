"""GOST R 34.10-2012 (256 and 512) and Streebog by libgcrypt, about 1 ms each operation."""

import ctypes
import ctypes.util
import secrets
from functools import cache
from typing import Any

from stand.smev.keys import CRYPTOPRO_A, PrivateKey, PublicKey

#: Order of the subgroup of the curve that this stand's own key is made on.
CRYPTOPRO_A_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6C611070995AD10045841B09B761B893
_STREEBOG = {32: 309, 64: 310}
_DISABLE_SECURE_MEMORY, _INITIALIZATION_FINISHED, _FORMAT_USG = 37, 38, 5


class NoLibrary(RuntimeError):
    """libgcrypt is not on this machine."""


@cache
def library() -> Any:
    """libgcrypt, initialised once. Raises NoLibrary naming the package."""
    name = ctypes.util.find_library("gcrypt")
    if name is None:
        raise NoLibrary("the SMEV stand checks signatures by libgcrypt; install it: apt-get install libgcrypt20")
    found = ctypes.CDLL(name)
    found.gcry_check_version.restype = ctypes.c_char_p
    found.gcry_check_version(None)
    found.gcry_control(_DISABLE_SECURE_MEMORY, 0)
    found.gcry_control(_INITIALIZATION_FINISHED, 0)
    found.gcry_sexp_nth_data.restype = ctypes.c_void_p
    found.gcry_sexp_find_token.restype = ctypes.c_void_p
    found.gcry_sexp_release.restype = None
    found.gcry_sexp_release.argtypes = [ctypes.c_void_p]
    found.gcry_sexp_find_token.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    found.gcry_sexp_nth_data.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_size_t)]
    found.gcry_md_hash_buffer.restype = None
    return found


def hash_bytes(content: bytes, size: int) -> bytes:
    """Streebog of `size` bytes (32 or 64), in the order of RFC 6986."""
    made = ctypes.create_string_buffer(size)
    library().gcry_md_hash_buffer(_STREEBOG[size], made, content, ctypes.c_size_t(len(content)))
    return made.raw


def verify(key: PublicKey, digest: bytes, signature: bytes) -> bool:
    """`signature`: s and r, each big-endian and of the key's size."""
    s, r = signature[: key.size], signature[key.size :]
    said = b"(sig-val(gost(r #%s#)(s #%s#)))" % (_hex(r), _hex(s))
    with _Tree(_public(key)) as public, _Tree(_value(digest)) as value, _Tree(said) as told:
        return bool(library().gcry_pk_verify(told, value, public) == 0)


def sign(key: PrivateKey, digest: bytes) -> bytes:
    """s and r."""
    size = key.public.size
    made = ctypes.c_void_p()
    with _Tree(_private(key)) as private, _Tree(_value(digest)) as value:
        if library().gcry_pk_sign(ctypes.byref(made), value, private):
            raise ValueError("libgcrypt could not sign")
    try:
        return _part(made, b"s", size) + _part(made, b"r", size)
    finally:
        library().gcry_sexp_release(made)


def make_key() -> PrivateKey:
    """A new key on CryptoPro-A; the point is what libgcrypt computes for the secret."""
    secret = (secrets.randbelow(CRYPTOPRO_A_ORDER - 1) + 1).to_bytes(32, "big")
    return PrivateKey(_multiply(secret), secret)


def _multiply(secret: bytes) -> PublicKey:
    """secret · base point, by gcry_mpi_ec."""
    gcrypt = library()
    for name in ("gcry_mpi_ec_get_mpi", "gcry_mpi_ec_get_point", "gcry_mpi_point_new", "gcry_mpi_new"):
        getattr(gcrypt, name).restype = ctypes.c_void_p
    context, number = ctypes.c_void_p(), ctypes.c_void_p()
    if gcrypt.gcry_mpi_ec_new(ctypes.byref(context), None, CRYPTOPRO_A.encode()):
        raise ValueError("libgcrypt does not know the curve")
    gcrypt.gcry_mpi_scan(ctypes.byref(number), _FORMAT_USG, secret, ctypes.c_size_t(len(secret)), None)
    base = ctypes.c_void_p(gcrypt.gcry_mpi_ec_get_point(b"g", context, 1))
    point = ctypes.c_void_p(gcrypt.gcry_mpi_point_new(0))
    gcrypt.gcry_mpi_ec_mul(point, number, base, context)
    x, y = ctypes.c_void_p(gcrypt.gcry_mpi_new(0)), ctypes.c_void_p(gcrypt.gcry_mpi_new(0))
    gcrypt.gcry_mpi_ec_get_affine(x, y, point, context)
    return PublicKey(CRYPTOPRO_A, _print(x), _print(y))


def _print(number: ctypes.c_void_p) -> bytes:
    made, written = ctypes.create_string_buffer(64), ctypes.c_size_t()
    library().gcry_mpi_print(_FORMAT_USG, made, ctypes.c_size_t(64), ctypes.byref(written), number)
    return made.raw[: written.value].rjust(32, b"\0")


class _Tree:
    """An s-expression of libgcrypt, released at the end."""

    def __init__(self, text: bytes) -> None:
        self.text, self.made = text, ctypes.c_void_p()

    def __enter__(self) -> ctypes.c_void_p:
        failed = library().gcry_sexp_sscan(
            ctypes.byref(self.made), None, self.text, ctypes.c_size_t(len(self.text))
        )  # fmt: skip
        if failed:
            raise ValueError("libgcrypt cannot read an s-expression")
        return self.made

    def __exit__(self, *failure: object) -> None:
        library().gcry_sexp_release(self.made)


def _part(tree: ctypes.c_void_p, name: bytes, size: int) -> bytes:
    token = ctypes.c_void_p(library().gcry_sexp_find_token(tree, name, 0))
    length = ctypes.c_size_t()
    found = library().gcry_sexp_nth_data(token, 1, ctypes.byref(length))
    made = ctypes.string_at(found, length.value)
    library().gcry_sexp_release(token)
    return made[-size:].rjust(size, b"\0")


def _public(key: PublicKey) -> bytes:
    point = b"04" + _hex(key.x) + _hex(key.y)
    return b"(public-key(ecc(curve %s)(flags gost)(q #%s#)))" % (_quote(key.curve), point)


def _private(key: PrivateKey) -> bytes:
    point = b"04" + _hex(key.public.x) + _hex(key.public.y)
    curve = _quote(key.public.curve)
    return b"(private-key(ecc(curve %s)(flags gost)(q #%s#)(d #%s#)))" % (curve, point, _hex(key.secret))


def _quote(curve: str) -> bytes:
    return b'"' + curve.encode() + b'"'


def _value(digest: bytes) -> bytes:
    """The digest as a number is read from its last byte to its first (GOST R 34.10-2012, 5.2)."""
    return b"(data(flags gost)(value #%s#))" % _hex(digest[::-1])


def _hex(value: bytes) -> bytes:
    return value.hex().encode()
