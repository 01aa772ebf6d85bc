"""Encryption at rest and keyed search values.

One key ring: 32-byte keys named by id; the newest encrypts, all decrypt. A blob is
`key id length (1) | key id | nonce (12) | AES-GCM ciphertext`, with "table:id" as associated data, so that a blob
copied to another row does not open.
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Sealed(ValueError):
    """A blob that none of our keys opens. The message names the row, never the content."""


class KeyMissing(Sealed):
    """Its key is newer than our ring: another host, or this one when it has the new ring, can open it."""


#: Keys by id and the current one, when they are other than at the last call; else None.
Reload = Callable[[], tuple[Mapping[str, bytes], str] | None]


class Vault:
    """Thread-safe."""

    def __init__(
        self, keys: Mapping[str, bytes], current: str, search_key: bytes, reload: Reload = lambda: None
    ) -> None:
        if current not in keys:
            raise KeyError(f"no key named {current!r} in the key ring")
        self._reload = reload
        self._take(keys, current)
        self._search_key = search_key
        #: For what is hashed about texts and places: nobody can try words without it.
        self.feature_key = hashlib.sha256(b"features:" + search_key).digest()

    def _take(self, keys: Mapping[str, bytes], current: str) -> None:
        """Each of these is replaced whole: other threads seal and open meanwhile."""
        self._keys = dict(keys)
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self.current = current

    def refresh(self) -> None:
        """Takes the keys that the ring was given since: who rotates them restarts nothing."""
        if fresh := self._reload():
            self._take(self._keys | dict(fresh[0]), fresh[1])

    @property
    def head(self) -> bytes:
        return _to_head(self.current)

    def seal(self, table: str, row: str, content: bytes) -> bytes:
        nonce, key = os.urandom(12), self.current
        return _to_head(key) + nonce + self._ciphers[key].encrypt(nonce, content, f"{table}:{row}".encode())

    def open(self, table: str, row: str, blob: bytes) -> bytes:
        size = blob[0] + 1
        name = blob[1:size].decode("ascii", "replace")
        if name not in self._ciphers:
            self.refresh()
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise KeyMissing(f"{table} {row}: its key {blob[1:size]!r} is not in the key ring")
        try:
            return cipher.decrypt(blob[size : size + 12], blob[size + 12 :], f"{table}:{row}".encode())
        except InvalidTag as error:
            raise Sealed(f"{table} {row}: the content was changed or belongs to another row") from error

    def seal_json(self, table: str, row: str, value: Any) -> bytes:
        return self.seal(table, row, orjson.dumps(value))

    def open_json(self, table: str, row: str, blob: bytes) -> Any:
        return orjson.loads(self.open(table, row, blob))

    def is_current(self, blob: bytes) -> bool:
        return blob.startswith(self.head)

    def derive(self, key: str, salt: bytes, purpose: bytes) -> AESGCM:
        """A cipher for one file alone, so that its chunks are counted and never run out of nonces."""
        if key not in self._keys:
            self.refresh()
        if key not in self._keys:
            raise KeyMissing(f"a file: its key {key!r} is not in the key ring")
        return AESGCM(HKDF(SHA256(), 32, salt, purpose).derive(self._keys[key]))

    def count_content(self) -> "hmac.HMAC":
        """Takes a file's content piece by piece; its hex digest is the file's name in the store. Keyed: who sees the
        names cannot tell whether a file that they have is among them."""
        return hmac.new(self.feature_key, b"file:", hashlib.sha256)

    def mark(self, kind: str, value: str) -> str:
        """A keyed search value (32 hex characters) for a phone, an e-mail, a person or content."""
        return hmac.new(self._search_key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()[:32]

    def digest(self, content: bytes) -> str:
        return hashlib.blake2b(content, key=self._search_key, digest_size=16).hexdigest()


def _to_head(key: str) -> bytes:
    return bytes([len(key)]) + key.encode()
