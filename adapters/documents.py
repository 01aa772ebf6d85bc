"""From replies and calls to documents."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from canonical.document import UNNAMED, WHOLE, Document
from canonical.ids import LONGEST_ID


class Item(Protocol):
    """One document of a reply, as the mapping splits it."""

    @property
    def external_id(self) -> str: ...
    @property
    def revision(self) -> str | None: ...
    @property
    def body(self) -> bytes: ...
    @property
    def sent_at(self) -> datetime | None: ...
    @property
    def fault(self) -> str | None: ...


class Splits(Protocol):
    """What reading adapters ask of a mapping. Raises canonical.mapping.errors.ReadingError."""

    def split(self, kind: str, raw: bytes, content_type: str = "") -> Iterable[Item]: ...


def to_document(kind: str, item: Item, content_type: str, event: str | None = None) -> Document:
    """`event`: the call's own event id; it is the revision where the document tells none. A name that is none is a
    fault of the document."""
    revision = item.revision or event
    if why := _judge_name("id", item.external_id) or _judge_name("revision", revision or ""):
        return to_faulty(kind, item.body, content_type, item.fault or why)
    return Document(
        kind=kind,
        external_id=item.external_id,
        revision=revision,
        body=item.body,
        content_type=_to_type(content_type),
        sent_at=item.sent_at,
        fault=item.fault,
    )


def _judge_name(what: str, name: str) -> str:
    if len(name) > LONGEST_ID:
        return f"{what}: longer than {LONGEST_ID} characters"
    return f"{what}: a sign that no name has" if "\0" in name else ""


def to_faulty(kind: str, body: bytes, content_type: str, fault: str, external_id: str | None = None) -> Document:
    """Bytes that nobody can read; the same bytes again are the same document."""
    named = external_id if external_id and not _judge_name("id", external_id) else None
    name = named or f"{UNNAMED}{hashlib.sha256(body).hexdigest()}"
    return Document(kind=kind, external_id=name, body=body, content_type=_to_type(content_type), fault=fault)


def to_unsplit(kind: str, body: bytes, content_type: str, fault: str) -> Document:
    """A list or call that cannot be split: its documents are found when a mended mapping splits it."""
    return to_faulty(kind, body, content_type, fault, f"{WHOLE}{UNNAMED}{hashlib.sha256(body).hexdigest()}")


def _to_type(told: str) -> str:
    return told[:LONGEST_ID].replace("\0", "") or "application/octet-stream"
