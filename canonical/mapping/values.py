"""Types of values: their reading and their writing. Anything that does not fit is a Misfit without the value."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any
from uuid import UUID, uuid5

from canonical.mapping.errors import Misfit

#: Of the UUIDs that we make; it must never change.
_OURS = UUID("a3a54ab0-0fbe-4a38-90f2-6d1f8f0d3b5c")
_YES = {"true", "1", "да", "yes", "y", "on", "истина"}
_NO = {"false", "0", "нет", "no", "n", "off", "ложь"}


def to_text(raw: Any) -> str | None:
    """Texts, numbers and booleans as text; blank is None. NUL goes: no store downstream takes it."""
    if raw.__class__ is str:
        if not raw or raw.isspace():
            return None
        return raw.replace("\x00", "") if "\x00" in raw else raw
    if raw.__class__ is bool:
        return "true" if raw else "false"
    if raw.__class__ is int:
        return str(raw)
    if raw.__class__ is float:
        return str(int(raw)) if raw.is_integer() and abs(raw) < 1e15 else repr(raw)
    if raw is None:
        return None
    raise Misfit("a list or an object where one value is expected")


def to_stripped(raw: Any) -> str | None:
    text = to_text(raw)
    return text.strip() if text is not None else None


def to_integer(raw: Any) -> int | None:
    text = to_stripped(raw)
    if text is None:
        return None
    digits = "".join(text.split())
    if len(digits) > 18 or not digits.lstrip("+-").isdecimal():
        raise Misfit("not an integer")
    try:
        return int(digits)
    except ValueError:
        raise Misfit("not an integer") from None


def to_number(raw: Any) -> float | None:
    if raw.__class__ is float:
        return raw
    text = to_stripped(raw)
    if text is None:
        return None
    try:
        number = float("".join(text.split()).replace(",", "."))
    except ValueError:
        raise Misfit("not a number") from None
    if not isfinite(number) or "_" in text:
        raise Misfit("not a number")
    return number


def to_boolean(raw: Any) -> bool | None:
    if raw.__class__ is bool:
        return raw
    text = (to_stripped(raw) or "").lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    if not text:
        return None
    raise Misfit("neither true nor false")


def to_year(raw: Any) -> str | None:
    text = to_stripped(raw)
    if text is not None and not (len(text) == 4 and text.isdecimal()):
        raise Misfit("not a year of four digits")
    return text


@dataclass(frozen=True, slots=True)
class Type:
    """`read`: raw → value. `fits`: the canonical types it can fill."""

    read: Callable[[Any], Any]
    fits: frozenset[str]
    doc: str


#: Types of values that are read. `time` gets its reader from the formats.
READ_TYPES: dict[str, Type] = {
    "text": Type(to_text, frozenset({"text"}), "text; numbers and booleans are spelt out"),
    "integer": Type(to_integer, frozenset({"integer", "number"}), "whole number; spaces between digits are allowed"),
    "number": Type(to_number, frozenset({"number"}), "number with point or comma"),
    "boolean": Type(to_boolean, frozenset({"boolean"}), "true/false, 1/0, да/нет"),
    "time": Type(to_text, frozenset({"time"}), "time; needs `formats` and a `zone`"),
    "year": Type(to_year, frozenset({"text"}), "year of four digits, as text; with `formats` the year of a time"),
}

WRITE_TYPES: dict[str, str] = {
    "text": "text",
    "integer": "JSON number without a fraction",
    "number": "JSON number",
    "boolean": "JSON true or false",
    "time": "time; needs `formats` and a `zone`, the first format is written",
    "uuid": "a UUID made of the value, always the same for the same one: for systems whose ids must be UUIDs",
    "base64": "a file's content as base64 (of `item.bytes`)",
    "null": "JSON null (with an empty `const`)",
}


def to_uuid(value: Any) -> str:
    return str(uuid5(_OURS, spell(value)))


def spell(value: Any) -> str:
    """A scope value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float):
        return to_text(value) or ""
    return str(value)
