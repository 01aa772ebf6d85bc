"""A total deadline for one exchange, and the knowledge whether any byte of it left.

httpx's own timeouts are per read: a server that sends a byte a second holds a worker for ever.
"""

import threading
import time
from math import inf


class Clock(threading.local):
    """Per thread: when the exchange must be over (monotonic seconds), and whether its request left."""

    until: float = inf
    left: bool = False

    def start(self, seconds: float) -> None:
        self.until, self.left = time.monotonic() + seconds, False

    def remaining(self) -> float:
        """Seconds; not above 0 when the time is over."""
        return self.until - time.monotonic()
