"""Bodies of callers that nobody knows yet: whoever is silent in the middle holds up nobody."""

import asyncio
from typing import Any

import pytest

from gateway.web import body
from gateway.web.body import Held, Room, Slow


def test_a_body_that_does_not_end_in_time_gives_its_room_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "PATIENCE_S", 0.05)
    room, pieces = Room(), iter([{"type": "http.request", "body": b"x" * (40 << 20), "more_body": True}])

    async def receive() -> Any:
        for piece in pieces:
            return piece
        await asyncio.sleep(60)
        return None

    held = Held(room)
    with pytest.raises(Slow):
        asyncio.run(held.read(receive))
    assert room.free < 64 << 20
    held.release()
    assert room.free == 64 << 20
