"""Documents become canonical readings. Parallel and pure: nothing is written here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from adapters.documents import to_document
from canonical.appeal import Appeal
from canonical.document import UNNAMED, WHOLE, Document
from canonical.ids import LONGEST_ID
from canonical.mapping import Mapping, ReadingError
from ledger.documents import Claimed
from workers.site import Site

log = structlog.get_logger()


@dataclass(slots=True)
class Translated:
    document: Claimed
    readings: Sequence[Any] = ()
    fault: str | None = None  # why it goes to quarantine
    reason: str = ""
    parts: tuple[tuple[Claimed, str], ...] = ()  # documents that end with this one, each with its disposition
    contents: tuple[Document, ...] = ()  # what was found in a whole list or call


def translate(site: Site, documents: Sequence[Claimed]) -> list[Translated]:
    return [_translate_one(site, document) for document in documents]


def _translate_one(site: Site, document: Claimed) -> Translated:
    known = site.systems.get(document.system)
    if known is None or document.kind not in known.mapping.kinds:
        return Translated(document, fault=f"no mapping reads {document.kind} of {document.system}", reason="unmapped")
    if document.external_id.startswith(WHOLE):
        return _split(known.mapping, document)
    document = _name(known.mapping, document)
    try:
        readings = known.mapping.read(document.kind, document.body)
    except ReadingError as error:
        return Translated(document, fault=str(error), reason="unreadable")
    except Exception as error:  # ours; it is this document's alone
        log.exception("translate.failed", document=document.id, error=type(error).__name__)
        return Translated(document, fault=f"{type(error).__name__} while reading it", reason="think_failed")
    fault = None if is_part(site, document, readings) else find_fault(readings)
    return Translated(document, readings, fault, "empty_text" if fault else "")


def _split(mapping: Mapping, document: Claimed) -> Translated:
    """What arrived whole and could not be split then: a mended mapping finds its documents."""
    if "list" in mapping.changes.get(document.kind, {}):
        why = "a list without its details: it is asked for again by itself, so discard this copy"
        return Translated(document, fault=why, reason="unreadable")
    try:
        found = split_whole(mapping, document.kind, document.body, document.content_type)
    except ReadingError as error:
        return Translated(document, fault=str(error), reason="unreadable")
    return Translated(document, contents=tuple(found))


def split_whole(mapping: Mapping, kind: str, body: bytes, content_type: str) -> list[Document]:
    """The documents of a list or call, of whichever kinds take it. Raises ReadingError, that of its own kind first."""
    found: list[Document] = []
    faults: list[ReadingError] = []
    for name in _find_kinds(mapping, kind):
        try:
            found += [to_document(name, item, content_type) for item in mapping.split(name, body, content_type)]
        except ReadingError as error:
            faults.append(error)
    if not found and kind in mapping.webhooks:
        faults.append(ReadingError("document", "", "no kind of document takes it"))
    if not found and faults:
        raise faults[0]
    return found


def _find_kinds(mapping: Mapping, kind: str) -> list[str]:
    """Kinds for which the same call may be meant; a list is of one kind."""
    called = [mapping.webhooks.get(kind, {}).get(name) for name in ("path", "header")]
    alike = [name for name, rules in mapping.webhooks.items() if [rules.get("path"), rules.get("header")] == called]
    return sorted(alike, key=lambda name: name != kind) if kind in mapping.webhooks else [kind]


def _name(mapping: Mapping, document: Claimed) -> Claimed:
    """By its own id, where only a mended mapping reads it: the channel knows no other, and is answered by it."""
    own = mapping.identify(document.kind, document.body) if document.external_id.startswith(UNNAMED) else None
    if not own or len(own) > LONGEST_ID or "\0" in own:
        return document
    return replace(document, external_id=own, unnamed=True)


def is_part(site: Site, document: Claimed, readings: Sequence[Any]) -> bool:
    """Whether it may be one of several documents of one appeal: a part alone may be empty."""
    known = site.systems.get(document.system)
    if known is None or known.mapping.find_quiet(document.kind) is None:
        return False
    return len(readings) == 1 and isinstance(readings[0], Appeal) and readings[0].thread is not None


def find_fault(readings: Sequence[Any]) -> str | None:
    for reading in readings:
        if isinstance(reading, Appeal) and not reading.deleted and not reading.text.strip() and not reading.attachments:
            return "the appeal has neither a text nor a file; ask the sender what was meant"
    return None
