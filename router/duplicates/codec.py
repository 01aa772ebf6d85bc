"""Features as bytes for the ledger and back: a version, fixed fields, then counted lists, all little-endian.

While a release rolls out, workers of two versions share a ledger. A writer writes its own VERSION. A reader reads every
version up to its own, and takes a newer one for no candidate at all (`Unreadable`): until the roll-out is over an older
worker may miss a duplicate that a newer one indexed, which a person can still join; it never guesses at bytes that it
does not know, and never fails. What older rows lack, or hashed otherwise, is declared below and read as empty: two
spellings of one street would be read as two streets. `workers/rereading.py` makes such rows anew after an upgrade.
VERSION rises whenever what is hashed changes, not only the fields.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable
from sys import byteorder
from typing import Any, TypeVar

T = TypeVar("T")
#: What older versions lack is read as empty; before version 3 words were cut otherwise, and match no newer ones.
VERSION = 4
_HEAD = struct.Struct("<BBdQ")  # version, flags, at, town
_TEXTS = ("system", "topic", "oktmo")
_FLAGS = ("personal", "life", "formal")
_HASHES = ("streets", "houses", "yards", "objects", "persons", "names")
_ADDED = {"things": 2, "named": 2, "faults": 3}  # since version …
_RESPELT = {"streets": 4, "houses": 4, "yards": 4}  # before version …
_MAX = 255


class Unreadable(ValueError):
    """Not features, or features of a version that this program does not know. Holds no values."""


def dump(one: Any) -> bytes:
    flags = sum(getattr(one, name) << bit for bit, name in enumerate(_FLAGS))
    parts = [_HEAD.pack(VERSION, flags, one.at, one.town)]
    for name in _TEXTS:
        text = getattr(one, name).encode()[:_MAX]
        parts += [bytes([len(text)]), text]
    lists = [("H", one.sketch), ("I", one.words), *(("Q", getattr(one, name)) for name in _HASHES)]
    for code, values in (*lists, *(("I", getattr(one, name)) for name in _ADDED)):
        kept = values[:_MAX]
        parts += [bytes([len(kept)]), _to_little(array(code, kept)).tobytes()]
    return b"".join(parts)


def load(blob: bytes, make: Callable[..., T]) -> T:
    try:
        version, flags, at, town = _HEAD.unpack_from(blob)
        if not 1 <= version <= VERSION:
            raise Unreadable(f"features of version {version}; this program knows up to {VERSION}")
        place = _HEAD.size
        fields: dict[str, Any] = {name: bool(flags >> bit & 1) for bit, name in enumerate(_FLAGS)}
        for name in _TEXTS:
            size = blob[place]
            fields[name] = blob[place + 1 : place + 1 + size].decode("utf-8", "ignore")
            place += 1 + size
        added = [("I", name) for name, since in _ADDED.items() if version >= since]
        for code, name in (("H", "sketch"), ("I", "words"), *(("Q", name) for name in _HASHES), *added):
            values = array(code)
            size = blob[place] * values.itemsize
            values.frombytes(blob[place + 1 : place + 1 + size])
            if len(values) != blob[place]:
                raise Unreadable("features are cut short")
            fields[name] = _to_little(values) if code != "Q" else tuple(_to_little(values))
            place += 1 + size
        fields |= {name: () for name, since in _RESPELT.items() if version < since}
        return make(at=at, town=town, **fields)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Unreadable("not features") from error


def _to_little(values: array[int]) -> array[int]:
    if byteorder != "little":
        values.byteswap()
    return values
