"""Something that was understood in a text, and where it stands."""

from collections.abc import Iterable
from typing import NamedTuple


class Mark(NamedTuple):
    """`text[start:end]`. `kind`: address, settlement, object, date, phone, email, name, flat, plate, thing or fault."""

    start: int
    end: int
    kind: str
    value: str


def drop_overlaps(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """In order; of two in one place the one that was found first."""
    kept: list[Mark] = []
    for mark in marks:
        if all(mark.end <= other.start or other.end <= mark.start for other in kept):
            kept.append(mark)
    return tuple(sorted(kept))
