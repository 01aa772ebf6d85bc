"""Opaque, time-ordered text ids: neighbours in time are neighbours in an index."""

import secrets
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_lock = threading.Lock()
_last = 0


def make_id(prefix: str) -> str:
    """`prefix` + 23 characters: 48 bits of milliseconds, 65 random bits; ascending within a process."""
    global _last
    with _lock:
        _last = max(_last + 1, time.time_ns() // 1_000_000 << 65 | secrets.randbits(64))
        value = _last
    return _spell(prefix, value)


def make_first_id(prefix: str, at: int) -> str:
    """Not above any id that was made at this time (ms) or later."""
    return _spell(prefix, at << 65)


def _spell(prefix: str, value: int) -> str:
    return prefix + "_" + "".join(_ALPHABET[value >> shift & 31] for shift in range(110, -5, -5))
