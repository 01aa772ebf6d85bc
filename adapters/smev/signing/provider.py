"""Who computes: the OpenSSL engine, pure Python, or a site's certified tool."""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from adapters.smev.signing.faults import SigningError
from adapters.smev.signing.keys import PublicKey

_LOG = logging.getLogger(__name__)


class Key(Protocol):
    """A private key that is open. `bits`: 256 or 512."""

    @property
    def bits(self) -> int: ...
    def sign(self, content: bytes) -> bytes:
        """Raw s‖r over the Streebog digest of `content`."""
        ...


class Provider(Protocol):
    """Raises SigningError when it cannot work. Safe to use from several threads."""

    @property
    def name(self) -> str: ...
    def digest(self, bits: int, content: bytes) -> bytes:
        """Streebog (GOST R 34.11-2012)."""
        ...

    def digest_pieces(self, bits: int, pieces: Iterable[bytes]) -> bytes:
        """The same of a content that is never whole in memory."""
        ...

    def open_key(self, path: Path) -> Key: ...
    def verify(self, key: PublicKey, content: bytes, signature: bytes) -> bool:
        """`signature`: raw s‖r."""
        ...


def open_provider(name: str = "engine") -> Provider:
    """`engine`, `python` or `command:TOOL OPTIONS`. Raises SigningError with the remedy."""
    kind, _, line = name.partition(":")
    openers: dict[str, Callable[[str], Provider]] = {"engine": _engine, "python": _python, "command": _command}
    if kind not in openers:
        raise SigningError(f"no provider `{name}`; known: engine, python, command:TOOL")
    return openers[kind](line)


def _engine(_: str) -> Provider:
    from adapters.smev.signing.engine import open_engine

    return open_engine()


def _python(_: str) -> Provider:
    from adapters.smev.signing.pure import Pure

    _LOG.warning("SMEV signatures by pure Python are slow (20 ms and more each); install libengine-gost-openssl")
    return Pure()


def _command(line: str) -> Provider:
    from adapters.smev.signing.command import Command

    return Command(line)
