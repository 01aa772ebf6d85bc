"""Wake-ups over Redis: one dramatiq message per lane at a time, nothing else (promise 4).

A wake-up that is lost costs time, never work: the sweeper finds due rows in the ledger.
"""

from typing import Any

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError

log = structlog.get_logger()
#: A lane whose wake-up was swallowed by a dead worker is woken again after this.
STALE_MS = 2000
#: How often the queue of delayed messages is asked.
DELAYED_MS = 1000
NAMESPACE = "tsur"


class Broker(RedisBroker):
    """Nothing is ever sent with a delay, so that the queue of delayed messages need not be asked all the time."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Any:
        rests = queue_name in self.delay_queues
        return super().consume(queue_name, prefetch, DELAYED_MS if rests else timeout)


def make_broker(url: str) -> Broker:
    """Without Retries and TimeLimit: the ledger alone retries. One queue."""
    broker: Broker = Broker(  # type: ignore[no-untyped-call]
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
