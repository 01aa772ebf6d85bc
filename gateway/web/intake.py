"""Group commit for webhooks: whoever arrives while one commit runs shares the next (promise 1)."""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from canonical.document import Document

Record = Callable[[list[tuple[str, Document]]], object]
#: Documents of one commit at most.
LIMIT = 256


@dataclass
class _Arrival:
    documents: list[tuple[str, Document]]
    done: asyncio.Future[None]
    loop: asyncio.AbstractEventLoop


class Intake:
    """`record` runs on one own thread; `put` returns when the documents are committed, or raises what it raised."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._queue: queue.SimpleQueue[_Arrival | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
        self._thread.start()

    async def put(self, system: str, documents: Sequence[Document]) -> None:
        loop = asyncio.get_running_loop()
        arrival = _Arrival([(system, document) for document in documents], loop.create_future(), loop)
        self._queue.put(arrival)
        await arrival.done

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join(10)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            arrivals, ended = self._collect(first)
            self._commit(arrivals)
            if ended:
                return

    def _collect(self, first: _Arrival) -> tuple[list[_Arrival], bool]:
        arrivals = [first]
        while len(arrivals) < LIMIT:
            try:
                more = self._queue.get_nowait()
            except queue.Empty:
                return arrivals, False
            if more is None:
                return arrivals, True
            arrivals.append(more)
        return arrivals, False

    def _commit(self, arrivals: list[_Arrival]) -> None:
        try:
            self._record([document for arrival in arrivals for document in arrival.documents])
        except Exception as error:
            _settle(arrivals, error)
        else:
            _settle(arrivals, None)


def _settle(arrivals: list[_Arrival], error: Exception | None) -> None:
    def settle() -> None:
        for arrival in arrivals:
            if arrival.done.done():  # the caller hung up
                continue
            if error is None:
                arrival.done.set_result(None)
            else:
                arrival.done.set_exception(error)

    arrivals[0].loop.call_soon_threadsafe(settle)
