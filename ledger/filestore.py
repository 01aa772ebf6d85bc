"""The file store: contents by their keyed digest, encrypted piece by piece as they stream.

A stored file is `TSF1 | key id length (1) | key id | salt (16)`, then chunks of 64 KB, each AES-GCM under a key made
for this file alone (HKDF of the vault's key and the salt). A chunk's number is its nonce; its number, the head and
whether it is the last are its associated data, so that chunks cannot be dropped, moved or cut off. That the content
belongs to the name is proven by its digest before the last chunk is given out.
"""

import hmac
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.shelf import Shelf
from ledger.vault import Sealed, Vault

CHUNK = 64 * 1024
_MAGIC, _SALT, _TAG = b"TSF1", 16, 16
_PURPOSE = b"tsur file"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was written: its name in the store and its size in bytes."""

    digest: str
    size: int


class FileStore:
    """Thread-safe."""

    def __init__(self, vault: Vault, shelf: Shelf) -> None:
        self.vault, self.shelf = vault, shelf

    def write(self, pieces: Iterable[bytes]) -> Kept:
        """Nothing of it is ever on the disk in clear. Whatever `pieces` raises leaves nothing behind."""
        counted, size = self.vault.count_content(), 0

        def count() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                counted.update(piece)
                size += len(piece)
                yield piece

        self.shelf.put(_encrypt(self.vault, count()), lambda: counted.hexdigest())
        return Kept(counted.hexdigest(), size)

    def size(self, digest: str) -> int:
        """Bytes of its content. Raises FileNotFoundError, Sealed."""
        with self.shelf.open(digest) as file:
            head, _ = _read_head(file, self.vault)
            chunks = os.fstat(file.fileno()).st_size - len(head)
        return chunks - _TAG * max(1, -(-chunks // (CHUNK + _TAG)))

    def read(self, digest: str) -> Iterator[bytes]:
        """Its content in pieces. Raises FileNotFoundError at once, Sealed when it is not what was written."""
        file = self.shelf.open(digest)
        return self._read(file, digest)

    def _read(self, file: BinaryIO, digest: str) -> Iterator[bytes]:
        counted, held = self.vault.count_content(), b""
        with file:
            for number, piece in enumerate(_decrypt(self.vault, file)):
                if number:
                    yield held
                counted.update(piece)
                held = piece
        if not hmac.compare_digest(counted.hexdigest(), digest):
            raise Sealed(f"file {digest[:12]}: the content belongs to another name")
        yield held

    def is_current(self, digest: str) -> bool:
        with self.shelf.open(digest) as file:
            return file.read(5 + 255).startswith(_head(self.vault.current))

    def has_older(self) -> bool:
        """Whether some file is not of the current key."""
        for digest in self.shelf.names():
            with suppress(FileNotFoundError):
                if not self.is_current(digest):
                    return True
        return False

    def reencrypt(self, tell: Callable[[str], None] = lambda closed: None) -> int:
        """Files of older keys are written anew with the current one; how many. May be repeated and interrupted.

        tell: told of those that do not open. They stay as they are.
        """
        done = 0
        for digest in list(self.shelf.names()):
            try:
                if not self.is_current(digest):
                    self.write(self.read(digest))
                    done += 1
            except FileNotFoundError:  # removed meanwhile
                continue
            except Sealed as error:
                tell(str(error))
        return done


def _head(key: str) -> bytes:
    return _MAGIC + bytes([len(key)]) + key.encode()


def _encrypt(vault: Vault, pieces: Iterable[bytes]) -> Iterator[bytes]:
    salt, key = os.urandom(_SALT), vault.current
    head, cipher = _head(key) + salt, vault.derive(key, salt, _PURPOSE)
    yield head
    number, held = 0, b""
    for piece in pieces:
        held += piece
        while len(held) > CHUNK:  # one chunk is always held back: it may be the last
            yield _seal(cipher, head, number, held[:CHUNK], False)
            number, held = number + 1, held[CHUNK:]
    yield _seal(cipher, head, number, held, True)


def _seal(cipher: AESGCM, head: bytes, number: int, chunk: bytes, last: bool) -> bytes:
    return cipher.encrypt(number.to_bytes(12, "big"), chunk, _bind(head, number, last))


def _bind(head: bytes, number: int, last: bool) -> bytes:
    return head + number.to_bytes(8, "big") + bytes([last])


def _read_head(file: BinaryIO, vault: Vault) -> tuple[bytes, AESGCM]:
    start = file.read(5)
    if len(start) < 5 or start[:4] != _MAGIC:
        raise Sealed("a file in the store that is none of ours")
    key, salt = file.read(start[4]), file.read(_SALT)
    return start + key + salt, vault.derive(key.decode("ascii", "replace"), salt, _PURPOSE)


def _decrypt(vault: Vault, file: BinaryIO) -> Iterator[bytes]:
    head, cipher = _read_head(file, vault)
    number, chunk = 0, file.read(CHUNK + _TAG)
    while True:
        after = file.read(CHUNK + _TAG)
        try:
            yield cipher.decrypt(number.to_bytes(12, "big"), chunk, _bind(head, number, not after))
        except InvalidTag as error:
            raise Sealed("a stored file was changed, cut off or put together from others") from error
        if not after:
            return
        number, chunk = number + 1, after
