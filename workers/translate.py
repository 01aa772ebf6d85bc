"""Documents become canonical readings. Parallel and pure: nothing is written here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from canonical.appeal import Appeal
from canonical.mapping import ReadingError
from ledger.documents import Claimed
from workers.site import Site


@dataclass(slots=True)
class Translated:
    document: Claimed
    readings: Sequence[Any] = ()
    fault: str | None = None  # why it goes to quarantine
    reason: str = ""
    thoughts: list[Any] = field(default_factory=list)  # what the router thinks of each appeal


def translate(site: Site, documents: Sequence[Claimed]) -> list[Translated]:
    return [_translate_one(site, document) for document in documents]


def _translate_one(site: Site, document: Claimed) -> Translated:
    known = site.systems.get(document.system)
    if known is None or document.kind not in known.mapping.kinds:
        return Translated(document, fault=f"no mapping reads {document.kind} of {document.system}", reason="unmapped")
    try:
        readings = known.mapping.read(document.kind, document.body)
    except ReadingError as error:
        return Translated(document, fault=str(error), reason="unreadable")
    fault = _find_fault(readings)
    return Translated(document, readings, fault, "empty_text" if fault else "")


def _find_fault(readings: Sequence[Any]) -> str | None:
    for reading in readings:
        if isinstance(reading, Appeal) and not reading.deleted and not reading.text.strip() and not reading.attachments:
            return "the appeal has neither a text nor a file; ask the sender what was meant"
    return None
