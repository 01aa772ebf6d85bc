"""What a user mistakes is told in words, also before anything is started."""

from pathlib import Path

import pytest

from gateway.demo.feed import BadInput, read_feed
from gateway.engines.sockets import require_free
from gateway.mishaps import Mishap


def test_a_host_that_is_no_name() -> None:
    with pytest.raises(Mishap, match="TSUR_HOST"):
        require_free("a..b", 8080)


def test_a_line_of_the_feed_that_is_no_object(tmp_path: Path) -> None:
    feed = tmp_path / "appeals.jsonl"
    feed.write_text('{"id": "1", "channel": "pos", "text": "Темно"}\n1\n', "utf-8")
    with pytest.raises(BadInput, match="appeal 2"):
        read_feed(feed)
