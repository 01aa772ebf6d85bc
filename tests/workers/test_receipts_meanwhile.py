"""A receipt is committed while what its recipient said is being decided: it takes no lock of the case."""

from collections.abc import Callable
from typing import Any

import pytest

from canonical.states import AssignmentState as A
from ledger import cases, deliveries
from ledger import tables as t
from tests.workers.square import Square

Make = Callable[..., Square]


def test_its_number_is_kept(make_square: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    square = make_square("to: first")
    if square.store.engine.dialect.name == "sqlite":
        pytest.skip("an SQLite file has one writer at a time")
    square.write("a")
    (filed,) = square.all(t.delivery, intent="forward")
    find = cases.find_filings

    def find_and_be_overtaken(*about: Any) -> Any:
        found = find(*about)
        with square.store.write() as tx:
            cases.change(tx, t.delivery, filed.id, state="delivered", number="R-1", done_at=tx.now)
            deliveries.apply_receipts(tx, [(filed, "R-1")])
        return found

    monkeypatch.setattr(cases, "find_filings", find_and_be_overtaken)
    assert square.say("first", A.in_work).disposition == "moved"
    given = square.one(t.assignment)
    assert (given.state, given.number) == ("in_work", "R-1")
