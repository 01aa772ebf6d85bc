"""A long text in parts that each end between paragraphs, sentences or words."""

from typing import Any

_BREAKS = ("\n\n", "\n", ". ", "! ", "? ", "; ", ", ", " ")


def split_text(text: str, most: int) -> list[dict[str, Any]]:
    """`[{text, number, count}, …]`, numbers from 1; nothing but blanks at the cuts is lost. At least one part."""
    parts, rest = [], text.strip()
    while len(rest) > most:
        at = _cut(rest, most)
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    if rest or not parts:
        parts.append(rest)
    return [{"text": part, "number": number, "count": len(parts)} for number, part in enumerate(parts, 1)]


def _cut(text: str, most: int) -> int:
    for mark in _BREAKS:
        at = text.rfind(mark, most // 2, most)
        if at > 0:
            return at + len(mark.rstrip())
    return most
