"""What the gateway asks of an adapter. An adapter implements only what its protocol can do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable

from canonical.delivery import Delivery
from canonical.document import Document
from canonical.receipt import Receipt

#: Opaque to everyone but the adapter; saved in the transaction that records the batch.
Cursor = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Health:
    ok: bool
    detail: str = ""  # no personal data, no secrets


@dataclass(frozen=True, slots=True)
class Batch:
    documents: Sequence[Document]
    cursor: Cursor | None
    more: bool = False  # ask again at once


@dataclass(frozen=True, slots=True)
class Request:
    """An incoming call. Header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reception:
    """What arrived, and what to answer once it is recorded."""

    documents: Sequence[Document]
    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Tools:
    """What an adapter is built with.

    secret: reads a secret by name (environment or file), raises KeyError naming it.
    read_file: bytes of a stored attachment by digest.
    still_mine: called just before a request that has an effect; raises when this worker was fenced.
    record: called as each call of a delivery ends, with (delivery id, call's name, what it took).
    """

    secret: Callable[[str], str]
    read_file: Callable[[str], bytes]
    still_mine: Callable[[], None] = lambda: None
    record: Callable[[str, str, Mapping[str, str]], None] = lambda delivery, call, taken: None
    now: Callable[[], datetime] = field(default=utc_now)


@runtime_checkable
class Adapter(Protocol):
    def check_health(self) -> Health:
        """Asks the system cheaply whether it is there and knows us. Never raises AdapterError."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Polls(Adapter, Protocol):
    def poll(self, cursor: Cursor | None) -> Batch:
        """We ask. None: begin at the configured start. Raises Unavailable or Refused."""
        ...


@runtime_checkable
class Follows(Adapter, Protocol):
    def follow(self, numbers: Sequence[str]) -> Batch:
        """We ask about filings of ours by their receipt numbers, also after the first answer."""
        ...


@runtime_checkable
class Listens(Adapter, Protocol):
    def read(self, request: Request) -> Reception:
        """They call. Verify the sender first (Unverified), then parse; what cannot be parsed is still a
        document, with `fault` set. Cheap: runs before the acknowledgement."""
        ...


@runtime_checkable
class Delivers(Adapter, Protocol):
    def deliver(self, delivery: Delivery) -> Receipt:
        """Resumes after `delivery.progress`. Raises Unavailable, Refused or Unknown."""
        ...


@runtime_checkable
class Finds(Adapter, Protocol):
    def find(self, delivery: Delivery) -> Receipt | None:
        """Did it arrive? None: the system says no. Raises Unavailable when it cannot tell now."""
        ...
