"""What two texts have in common, as marks in both: places, things, faults and telling words."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from canonical.mark import Mark, drop_overlaps
from canonical.reading import Reading, read_text
from canonical.street import base_house
from canonical.text import fold
from router.duplicates.telling import list_telling

_WORD = re.compile(r"[A-Za-zА-Яа-яЁё]+|\d+")
_PLACES = ("address", "object")
_NAMED = ("thing", "fault")


class _Seen(NamedTuple):
    mark: Mark
    key: tuple[str, ...]


def mark_alike(one: str, other: str) -> tuple[tuple[Mark, ...], tuple[Mark, ...]]:
    """Of each text, in order, what the other has too. `kind`: address, object, thing, fault or word."""
    first, second = _look(one), _look(other)
    return _keep(first, second), _keep(second, first)


def _keep(mine: Iterable[_Seen], theirs: list[_Seen]) -> tuple[Mark, ...]:
    keys = {seen.key for seen in theirs}
    return drop_overlaps(seen.mark for seen in mine if _is_among(seen.key, keys))


def _is_among(key: tuple[str, ...], keys: set[tuple[str, ...]]) -> bool:
    """A street with a house is also meant by the street alone, and the other way round, never by another house."""
    if key in keys or key[0] != "address":
        return key in keys
    return any(one[:2] == key[:2] and not (one[2] and key[2]) for one in keys if one[0] == "address")


def _look(text: str) -> list[_Seen]:
    """The most telling first: of overlapping marks the first counts."""
    seen = list(_look_at_parts(text, read_text(text)))
    seen.sort(key=lambda one: (*_PLACES, *_NAMED).index(one.mark.kind))
    return [*seen, *_look_at_words(text)]


def _look_at_parts(text: str, reading: Reading) -> Iterable[_Seen]:
    at = 0
    for part in reading.parts:
        at = max(at, text.find(part.text, at))
        houses = {_name(a.street, a.house): (a.street_key, base_house(a.house or "")) for a in part.addresses}
        for mark in part.marks:
            if mark.kind in (*_PLACES, *_NAMED):
                key = houses.get(mark.value, (fold(mark.value), "")) if mark.kind == "address" else (mark.value,)
                yield _Seen(mark._replace(start=mark.start + at, end=mark.end + at), (mark.kind, *map(str, key)))
        at += len(part.text)


def _name(street: str, house: str | None) -> str:
    return f"{street}, {house}" if house else street


def _look_at_words(text: str) -> Iterable[_Seen]:
    for found in _WORD.finditer(text):
        for stem in list_telling([fold(found[0])]):
            yield _Seen(Mark(*found.span(), "word", stem), ("word", stem))
