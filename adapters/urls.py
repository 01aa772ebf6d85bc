"""Addresses from segments. Each segment is escaped alone, so that no id can climb out of its place."""

from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

from adapters.errors import Refused


def join_url(base: str, segments: Sequence[str], query: Sequence[tuple[str, str]] = ()) -> str:
    """Raises Refused for a segment that would change the address's shape. A last "" is a trailing slash."""
    for place, segment in enumerate(segments):
        if segment in (".", "..") or (not segment and place < len(segments) - 1):
            raise Refused("an empty or dotted segment of an address", "segment")
    path = "".join(["/" + _escape(segment) for segment in segments])
    if not query:
        return base + path
    return f"{base}{path}?" + "&".join([f"{_escape(name)}={_escape(value)}" for name, value in query])


@lru_cache(4096)
def _escape(text: str) -> str:
    return quote(text, safe="")
