"""Now, in milliseconds since the epoch.

Once anchored it is the ledger's clock, carried on by one that nobody sets: a machine whose clock jumps would plan what
is due in an hour, and make ids that look newer than all that come after them.
"""

import time

_ahead: int | None = None  # of the monotonic clock


def now_ms() -> int:
    """As this machine says until `anchor` was called."""
    return time.time_ns() // 1_000_000 if _ahead is None else _monotonic_ms() + _ahead


def anchor(told: int) -> None:
    """`told`: what the ledger's clock said just now."""
    global _ahead
    _ahead = told - _monotonic_ms()


def measure_skew() -> int:
    """By how much (ms) this machine's clock is ahead of the ledger's."""
    return time.time_ns() // 1_000_000 - now_ms()


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000
