"""Wake-ups over Redis: one dramatiq message per lane at a time, nothing else (promise 4).

A wake-up that is lost costs time, never work: the sweeper finds due rows in the ledger.
"""

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError

log = structlog.get_logger()
#: A lane whose wake-up was swallowed by a dead worker is woken again after this.
STALE_MS = 2000
NAMESPACE = "tsur"


def make_broker(url: str) -> RedisBroker:
    """Without Retries and TimeLimit: the ledger alone retries. One queue."""
    broker: RedisBroker = RedisBroker(  # type: ignore[no-untyped-call]
        url=url, middleware=[], namespace=NAMESPACE, heartbeat_timeout=10_000
    )
    dramatiq.set_broker(broker)
    return broker


class Waker:
    def __init__(self, broker: RedisBroker) -> None:
        self.broker = broker

    def wake(self, lane: str) -> None:
        """`decide`, `deliver:SYSTEM`, `find:SYSTEM`, `poll:SYSTEM:KIND`. Never raises for a broker that is away."""
        stage, _, rest = lane.partition(":")
        try:
            if self.broker.client.set(f"{NAMESPACE}:wake:{lane}", 1, nx=True, px=STALE_MS):
                self.broker.enqueue(
                    dramatiq.Message(queue_name="tsur", actor_name=stage, args=(rest,), kwargs={}, options={})
                )
        except (redis.RedisError, BrokerConnectionError) as error:
            log.warning("wake.failed", lane=lane, error=type(error).__name__)

    def woken(self, lane: str) -> None:
        """The lane is being worked on: whoever wakes it from now on means new work."""
        try:
            self.broker.client.delete(f"{NAMESPACE}:wake:{lane}")
        except redis.RedisError as error:
            log.warning("wake.failed", lane=lane, error=type(error).__name__)
