"""Spans during which a deadline stands still: a question to the resident is open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """`end` None: still open."""

    start: datetime
    end: datetime | None = None


def merge(pauses: Iterable[Pause], since: datetime, now: datetime | None) -> list[tuple[datetime, datetime]]:
    """Disjoint spans after `since`, in order; an open pause lasts until `now`, and is left out without one."""
    ended = [(max(pause.start, since), pause.end or now) for pause in pauses]
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted((start, end) for start, end in ended if end is not None and end > start):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged
