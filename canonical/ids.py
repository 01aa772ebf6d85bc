"""Opaque, time-ordered text ids: neighbours in time are neighbours in an index."""

import os
import threading

from canonical.clock import now_ms

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
#: Two characters at once, from the highest of 120 bits; the first character is cut off.
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]
_SHIFTS = range(110, -10, -10)
_LENGTH = 23
#: As Python writes the digits of base 32.
_DIGITS = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")
#: Characters of an outer system's id or revision. Longer ones name nothing, and no index of the ledger takes them.
LONGEST_ID = 255
#: A clock that goes back so far (ms) was wrong before: ids go back with it instead of staying ahead of all others.
SET_BACK_MS = 10_000
_lock = threading.Lock()
_last = 0
#: What `follow` was told: ids stay above it, also when the clock goes back.
_floor = 0


def make_id(prefix: str) -> str:
    """`prefix` + 23 characters: 48 bits of milliseconds, 65 random bits; ascending within a process, unless its clock
    is set right."""
    global _last
    with _lock:
        now = now_ms()
        if _last >> 65 > now + SET_BACK_MS >= _floor >> 65:
            _last = _floor and _floor + int.from_bytes(os.urandom(7))
        _last = max(_last + 1, now << 65 | int.from_bytes(os.urandom(8)))
        value = _last
    return _spell(prefix, value)


def follow(*names: str | None) -> None:
    """Ids of this process ascend from above these: the clock of the host that made them may be ahead of ours."""
    global _last, _floor
    newest = max((_read(name) for name in names if name is not None), default=0)
    with _lock:
        if newest > _last:  # never by one: others may follow the same id
            _last = newest + int.from_bytes(os.urandom(7))
        _floor = max(_floor, newest)


def make_first_id(prefix: str, at: int) -> str:
    """Not above any id that was made at this time (ms) or later."""
    return _spell(prefix, at << 65)


def make_past_ids(prefix: str, at: int, count: int) -> list[str]:
    """Ascending ids as if they had been made at this time (ms)."""
    first = at << 65 | int.from_bytes(os.urandom(7))
    return [_spell(prefix, first + number) for number in range(count)]


def _read(name: str) -> int:
    """0 for what is no id of ours."""
    digits = name.rpartition("_")[2].translate(_DIGITS)
    try:
        return int(digits, 32) if len(digits) == _LENGTH else 0
    except ValueError:
        return 0


def _spell(prefix: str, value: int) -> str:
    return f"{prefix}_" + "".join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS])[1:]
