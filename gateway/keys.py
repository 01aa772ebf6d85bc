"""The key ring's file: 32-byte keys by id, the search key and the audit key. Mode 0600."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.mishaps import Mishap
from ledger.vault import Vault


class BadKeys(Mishap, ValueError):
    """A file that is no key ring. The message quotes nothing of it."""


class RingHeld(Mishap):
    """Somebody else is changing the ring."""


@dataclass(frozen=True)
class KeyRing:
    keys: dict[str, bytes]
    current: str
    search: bytes
    audit: bytes

    def make_vault(self, path: Path) -> Vault:
        """`path`: its file, which is looked at again when its keys may have changed."""
        return Vault(self.keys, self.current, self.search, Watch(path, self).look)


@dataclass
class Watch:
    """Tells when the ring's file has other keys. Thread-safe enough: to look twice costs a file."""

    path: Path
    ring: KeyRing
    seen: int = 0  # when the file was changed last, as far as we looked (ns)

    def look(self) -> tuple[dict[str, bytes], str] | None:
        """Another ledger's ring, a damaged one or none at all changes nothing."""
        try:
            changed = self.path.stat().st_mtime_ns
            if changed == self.seen:
                return None
            self.seen, ring = changed, load_keys(self.path)
        except (OSError, BadKeys):
            return None
        if ring == self.ring or (ring.search, ring.audit) != (self.ring.search, self.ring.audit):
            return None
        self.ring = ring
        return ring.keys, ring.current


def load_keys(path: Path) -> KeyRing:
    """Raises BadKeys; OSError where the file cannot be opened."""
    try:
        content = json.loads(path.read_text(encoding="ascii"))
        keys = {name: bytes.fromhex(value) for name, value in content["keys"].items()}
        ring = KeyRing(keys, content["current"], bytes.fromhex(content["search"]), bytes.fromhex(content["audit"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadKeys(f"{path}: not a key ring; put the right one back from your backup") from None
    if ring.current not in keys or any(len(key) != 32 for key in (*keys.values(), ring.search, ring.audit)):
        raise BadKeys(f"{path}: a damaged key ring; put the right one back from your backup")
    return ring


def create_keys(path: Path) -> KeyRing:
    """A new ring, unless there is one: two processes may start at once."""
    ring = KeyRing({"k1": secrets.token_bytes(32)}, "k1", secrets.token_bytes(32), secrets.token_bytes(32))
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(ring, fresh := path.with_name(f".{path.name}.{os.getpid()}"))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    _settle(path.parent)
    return load_keys(path)


def add_key(path: Path) -> str:
    """A new current key; the old ones stay. Its id. To be called while `hold_ring` is held: of two rings that are
    written at once one would be lost, with what was encrypted by it."""
    ring = load_keys(path)
    name = f"k{max(int(key[1:]) for key in ring.keys) + 1}"
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    _write(KeyRing(ring.keys | {name: secrets.token_bytes(32)}, name, ring.search, ring.audit), fresh)
    fresh.replace(path)
    _settle(path.parent)
    return name


@contextmanager
def hold_ring(path: Path) -> Iterator[None]:
    """One rotation at a time. Raises RingHeld."""
    turn = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise RingHeld("another rotation is running; wait until it ends") from None
    finally:
        os.close(turn)


def _write(ring: KeyRing, path: Path) -> None:
    content = {
        "keys": {name: key.hex() for name, key in ring.keys.items()},
        "current": ring.current, "search": ring.search.hex(), "audit": ring.audit.hex(),
    }  # fmt: skip
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())  # before anything is encrypted with it


def _settle(folder: Path) -> None:
    """The folder's new entry is on the disk."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
