"""What the gateway asks of an adapter. An adapter implements only what its protocol can do."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable

from canonical.clock import now_ms
from canonical.delivery import Delivery
from canonical.document import Document
from canonical.plan import Plan
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
    tokens: Sequence[str] = ()  # what `confirm` needs; opaque to everyone but the adapter
    doubts: Sequence[str] = ()  # what looks mistaken in the mapping, as of all polls so far; no words of a reply


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


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that was fetched: its name in the store, its bytes, its type by its content."""

    digest: str
    size: int
    media_type: str


def _no_store(pieces: Iterable[bytes]) -> tuple[str, int]:
    raise OSError("there is no file store")


@dataclass(frozen=True, slots=True)
class StoredContent:
    """`size` in bytes; every call of `pieces` reads anew."""

    size: int
    pieces: Callable[[], Iterator[bytes]]


def utc_now() -> datetime:
    return datetime.fromtimestamp(now_ms() / 1000, UTC)


@dataclass(frozen=True, slots=True)
class Tools:
    """What an adapter is built with.

    secret: reads a secret by name (environment or file), raises KeyError naming it.
    read_file: bytes of a stored attachment by digest; KeyError or OSError when it is not there.
    open_file: the same as a stream, for bodies that should not stand in memory.
    write_file: puts a stream into the store and gives (digest, size); whatever the stream raises leaves nothing.
    still_mine: called just before a request that has an effect; raises when this worker was fenced.
    record: called as each call of a delivery ends, with (delivery id, call's name, what it took).
    files: the configuration's files by path below the mappings folder, as they were applied (WSDL, schemas).
    """

    secret: Callable[[str], str]
    read_file: Callable[[str], bytes]
    still_mine: Callable[[], None] = lambda: None
    record: Callable[[str, str, Mapping[str, str]], None] = lambda delivery, call, taken: None
    now: Callable[[], datetime] = field(default=utc_now)
    files: Mapping[str, str] = field(default_factory=dict)
    write_file: Callable[[Iterable[bytes]], tuple[str, int]] = _no_store
    open_file: Callable[[str], StoredContent] | None = None

    def stream_file(self, digest: str) -> StoredContent:
        """Raises KeyError or OSError."""
        if self.open_file is not None:
            return self.open_file(digest)
        content = self.read_file(digest)
        return StoredContent(len(content), lambda: iter([content]))


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
class Confirms(Polls, Protocol):
    def confirm(self, batch: Batch) -> None:
        """Called after the batch is committed, and safe to repeat: what was not confirmed comes again, is recognised
        as a redelivery, and confirmed then. Raises Unavailable or Refused."""
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


@runtime_checkable
class Fetches(Adapter, Protocol):
    def fetch(self, plan: Plan) -> Stored:
        """Gets the file that the plan's one call asks for into the store. Raises Unavailable, or Refused with one of
        the codes too_large, wrong_type, empty, not_allowed, link_dead, or the system's own."""
        ...
