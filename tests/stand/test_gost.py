"""The stand's two implementations of GOST R 34.10-2012 say the same, and each alone is enough."""

from collections.abc import Iterator

import pytest

from stand.smev import gcrypt, gnutls, gost

CONTENT = "Яма во дворе".encode()
needs_gnutls = pytest.mark.skipif(gnutls.library() is None, reason="no GnuTLS: apt-get install libgnutls30")


@pytest.fixture
def without_gnutls(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(gnutls, "find_library", lambda name: None)
    gnutls.library.cache_clear()
    gnutls.knows.cache_clear()
    yield
    gnutls.library.cache_clear()
    gnutls.knows.cache_clear()


@needs_gnutls
def test_what_one_signs_the_other_believes() -> None:
    key, digest = gost.make_key(), gost.hash_bytes(CONTENT, 32)
    made = gnutls.sign(key, digest)
    assert made is not None
    assert gcrypt.verify(key.public, digest, made)
    assert gnutls.verify(key.public, digest, gcrypt.sign(key, digest))


@needs_gnutls
@pytest.mark.parametrize("place", [0, 31, 32, 63])
def test_a_changed_bit_anywhere_is_seen_by_both(place: int) -> None:
    key, digest = gost.make_key(), gost.hash_bytes(CONTENT, 32)
    made = bytearray(gcrypt.sign(key, digest))
    made[place] ^= 1
    assert not gnutls.verify(key.public, digest, bytes(made))
    assert not gcrypt.verify(key.public, digest, bytes(made))
    assert not gost.verify(key.public, CONTENT, bytes(made))


@needs_gnutls
def test_another_key_fits_neither() -> None:
    made = gost.sign(gost.make_key(), CONTENT)
    assert not gost.verify(gost.make_key().public, CONTENT, made)


@needs_gnutls
def test_a_set_that_gnutls_cannot_compute_is_not_its_own() -> None:
    assert gnutls.knows(gost.CRYPTOPRO_A)
    assert not gnutls.knows("1.2.643.7.1.2.1.1.1")


@pytest.mark.usefixtures("without_gnutls")
def test_libgcrypt_alone_is_enough() -> None:
    assert not gost.is_quick()
    key = gost.make_key()
    assert gost.verify(key.public, CONTENT, gost.sign(key, CONTENT))
    assert not gost.verify(key.public, CONTENT + b".", gost.sign(key, CONTENT))
