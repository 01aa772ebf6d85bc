"""A system that we ask in two ways is asked in both, whatever one of them meets."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.contract import Batch, Cursor
from adapters.errors import Unavailable
from canonical.document import Document
from canonical.ids import make_id
from ledger import cases, lanes
from ledger.tables import assignment, document
from tests.workers.talk import Talk
from workers import receive


class HalfDown:
    """Its list is away, its single entries answer."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def poll(self, cursor: Cursor | None) -> Batch:
        raise self.fault

    def follow(self, numbers: Sequence[str]) -> Batch:
        return Batch([Document(kind="answer", external_id=name, body=b"{}") for name in numbers], None)

    def close(self) -> None: ...


@pytest.mark.parametrize("fault", [Unavailable("away", 90.0), ZeroDivisionError()])
def test_filings_are_followed_although_the_list_cannot_be_polled(talk: Talk, fault: Exception) -> None:
    runtime = talk.runtime
    site = runtime.site()
    both = frozenset({"polls", "follows"})
    broken: Any = replace(site.systems["recipient"], adapter=HalfDown(fault), capabilities=both)
    runtime._site = replace(site, systems={**site.systems, "recipient": broken})
    with runtime.store.write() as tx:
        lanes.plan_ticks(tx, ["poll:recipient"])
        given = {"id": make_id("g"), "case_id": "c1", "recipient": "recipient", "state": "sent", "number": "17"}
        cases.insert(tx, assignment, [given])
    assert receive.poll_system(runtime, "recipient") == 1
    with runtime.store.read() as tx:
        assert [row.external_id for row in tx.run(document.select())] == ["17"]
        failures = lanes.load(tx)["recipient"].failures
    assert failures == isinstance(fault, Unavailable)


class Doubtful(HalfDown):
    """Its list ends where its mapping looks for no end."""

    def poll(self, cursor: Cursor | None) -> Batch:
        return Batch([], {"answer": {}}, doubts=["`next` of `answer` tells no cursor"])


def test_a_doubt_is_in_the_log_once_and_in_the_ledger_as_long_as_it_stands(talk: Talk) -> None:
    runtime = talk.runtime
    doubtful: Any = Doubtful(Unavailable("away"))
    with capture_logs() as told:
        for _ in range(2):
            receive._poll(runtime, "recipient", doubtful)
    assert [line["event"] for line in told] == ["poll.doubtful"]
    with runtime.store.read() as tx:
        assert lanes.load_doubts(tx) == {"recipient": ["`next` of `answer` tells no cursor"]}
