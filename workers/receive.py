"""The receive stage for systems that we ask: documents and cursor are committed together."""

from collections.abc import Callable, Sequence
from typing import cast

import structlog

from adapters.contract import Batch, Confirms, Follows, Polls
from adapters.errors import AdapterError, Unavailable
from canonical.document import Document
from ledger import cases, documents, lanes
from ledger.store import Fenced, Tx
from workers.runtime import Runtime
from workers.site import System
from workers.ticks import ticking

log = structlog.get_logger()
#: Most pages of one tick, so that one system with a backlog does not starve the others.
PAGES = 50
FOLLOW_AT_ONCE = 200


def poll_system(runtime: Runtime, system: str) -> int:
    """One tick of one system; how many new documents arrived."""
    known = runtime.site().systems.get(system)
    if known is None:  # it left the configuration after this tick was due
        return 0
    with ticking(runtime, runtime.lease, f"poll:{system}", _to_ms(known.connect.poll.every)) as tick:
        if not tick.mine:
            return 0
        fresh, rest = _ask(runtime, system, known)
        tick.pause_ms = max(tick.pause_ms, _to_ms(rest))
    return fresh


def _to_ms(seconds: float) -> int:
    return round(seconds * 1000)


def _ask(runtime: Runtime, system: str, known: System) -> tuple[int, float]:
    """How many documents arrived, and for how many seconds the system wants to rest."""
    steps: list[Callable[[], int]] = []
    if "polls" in known.capabilities:
        steps.append(lambda: _poll(runtime, system, cast(Polls, known.adapter)))
    if "follows" in known.capabilities:
        steps.append(lambda: _follow(runtime, system, cast(Follows, known.adapter), known.connect.follow.every))
    fresh, faults = _attempt_each(system, steps)
    return fresh, max((_note_failure(runtime, system, fault) for fault in faults), default=0.0)


def _attempt_each(system: str, steps: Sequence[Callable[[], int]]) -> tuple[int, list[AdapterError]]:
    """Whatever one of them meets, the next is attempted. How many documents arrived, and what went wrong."""
    fresh, faults = 0, []
    for step in steps:
        try:
            fresh += step()
        except AdapterError as error:
            faults.append(error)
        except Fenced:
            raise
        except Exception as error:
            log.exception("poll.failed", system=system, error=type(error).__name__)
    return fresh, faults


def _note_failure(runtime: Runtime, system: str, error: AdapterError) -> float:
    """Noted after all were attempted: the success of one does not hide it. Seconds that the system wants to rest."""
    log.warning("poll.unavailable", system=system, error=type(error).__name__, detail=str(error))
    after = error.retry_after if isinstance(error, Unavailable) else None
    with runtime.store.write(runtime.lease) as tx:
        lanes.fail(tx, system, str(error), after, runtime.site().breaker(system))
    return after or 0.0


def _poll(runtime: Runtime, system: str, adapter: Polls) -> int:
    with runtime.store.read() as tx:
        cursor = lanes.read_cursor(tx, system, "poll")
    fresh = 0
    for _ in range(PAGES):
        batch = adapter.poll(cursor)
        fresh += _record(runtime, system, batch)
        if isinstance(adapter, Confirms):
            adapter.confirm(batch)
        cursor = dict(batch.cursor) if batch.cursor is not None else cursor
        if not batch.more or runtime.stopping:
            break
    return fresh


def _follow(runtime: Runtime, system: str, adapter: Follows, every: float) -> int:
    with runtime.store.write(runtime.lease) as tx:
        numbers = cases.find_to_follow(tx, system, tx.now - _to_ms(every), FOLLOW_AT_ONCE)
    return _record(runtime, system, adapter.follow(numbers)) if numbers else 0


def _record(runtime: Runtime, system: str, batch: Batch) -> int:
    with runtime.store.write(runtime.lease) as tx:
        ids = documents.record(tx, [(system, document) for document in batch.documents])
        if batch.cursor is not None:
            lanes.save_cursor(tx, system, "poll", batch.cursor)
            _tell_doubts(tx, system, batch.doubts)
        lanes.succeed(tx, system)
    fresh = sum(name is not None for name in ids)
    if fresh:
        runtime.waker.wake("decide")
    return fresh


def _tell_doubts(tx: Tx, system: str, doubts: Sequence[str]) -> None:
    """Once in the log, and in health as long as they stand: a list that seems to end looks as if all were well."""
    if lanes.note_doubts(tx, system, doubts):
        for doubt in doubts:
            log.warning("poll.doubtful", system=system, detail=doubt)


def record_reception(runtime: Runtime, arrivals: list[tuple[str, Document]]) -> list[str | None]:
    """What webhooks brought, in one commit (promise 1: only then are the senders acknowledged)."""
    with runtime.store.write() as tx:
        return documents.record(tx, arrivals)
