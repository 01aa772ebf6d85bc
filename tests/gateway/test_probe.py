"""`tsur probe`: what it makes of the replies of a system."""

from types import SimpleNamespace

import pytest

from adapters.contract import Batch
from canonical.document import Document
from gateway.commands.connecting import find_stuck


@pytest.mark.parametrize(("told", "stuck"), [(None, True), ("7", False)])
def test_a_probe_doubts_a_cursor_that_the_reply_does_not_tell(told: str | None, stuck: bool) -> None:
    """A wrong `next` reads the first page for ever, and all looks well."""
    mapping = SimpleNamespace(changes={"appeal": {"by": "cursor", "next": "nxt"}, "answer": {"by": "snapshot"}})
    batch = Batch([Document(kind="appeal", external_id="1", body=b"")], {"appeal": {"cursor": told}, "answer": {}})
    steps = find_stuck(mapping, batch)
    assert bool(steps) == stuck
    assert not stuck or "`next` of `appeal`" in steps[0][2]
