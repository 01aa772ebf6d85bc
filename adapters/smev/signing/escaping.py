"""Escaping as Woodstox writes it: rule 9 of the SMEV transform.

Woodstox copies a text of at least 12 UTF-16 units through a buffer of 512 units. It escapes `>` wherever it cannot see
that the character before is no `]`: at the start of what it looks at. That is the whole text when it is short; when it
is long, each buffer and each piece after an escape.
"""

import re

_COPIED_FROM = 12
_BUFFER = 512
_ALWAYS = "[&<\r\x7f-\x9f]"
_PLAIN = re.compile(_ALWAYS)
_SHORT = re.compile(rf"{_ALWAYS}|\A>|(?<=\])>")
_BUFFERED = re.compile(rf"{_ALWAYS}>*|\A>+|(?<=\])>+")
_IN_ATTRIBUTE = re.compile('[&<"\t\n\r]')
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")

_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    | {chr(code): f"&#x{code:x};" for code in (0x9, 0xA, 0xD, *range(0x7F, 0xA0))}
)


def escape_text(text: str) -> str:
    """One whole text node: where it starts and how long it is decides about `>`."""
    if ">" not in text:
        return _PLAIN.sub(_escape, text)
    if _ASTRAL.search(text) is None:
        return _escape_units(text)
    escaped = _escape_units(_ASTRAL.sub(_split, text))
    return escaped.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def escape_attribute(value: str) -> str:
    return _IN_ATTRIBUTE.sub(_escape, value)


def _escape_units(units: str) -> str:
    """`units`: every character is one UTF-16 unit."""
    if len(units) < _COPIED_FROM:
        return _SHORT.sub(_escape, units)
    buffers = (units[start : start + _BUFFER] for start in range(0, len(units), _BUFFER))
    return "".join(_BUFFERED.sub(_escape, buffer) for buffer in buffers)


def _split(astral: re.Match[str]) -> str:
    """The two surrogates of a character beyond U+FFFF."""
    offset = ord(astral.group()) - 0x10000
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))


def _escape(found: re.Match[str]) -> str:
    return found.group().translate(_ESCAPES)
