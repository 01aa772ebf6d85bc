"""At most so many requests a second, per process and system."""

import threading
import time

from adapters.errors import Unavailable

#: Longer than this a worker does not sleep: the lane comes back later.
PATIENCE = 2.0


class Pace:
    """`rate` in requests per second; None: no limit."""

    def __init__(self, rate: float | None) -> None:
        self.step = 1 / rate if rate else 0.0
        self.next = 0.0
        self.lock = threading.Lock()

    def wait(self, where: str) -> None:
        """Sleeps until this request's turn. Raises Unavailable when the turn is far away."""
        if not self.step:
            return
        with self.lock:
            now = time.monotonic()
            pause = max(0.0, self.next - now)
            if pause > PATIENCE:
                raise Unavailable(f"{where}: our own rate limit", pause)
            self.next = max(now, self.next) + self.step
        time.sleep(pause)
