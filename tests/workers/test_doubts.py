"""A filing whose outcome is not known, and whose recipient speaks of it: it arrived, and never goes a second time."""

from collections.abc import Callable

import orjson
import pytest

from canonical.states import AssignmentState as A
from ledger import cases, desk_list
from ledger import tables as t
from tests.workers.square import Square

Make = Callable[..., Square]


@pytest.mark.parametrize(
    ("state", "reason"), [("unknown", "settled"), ("waiting", "not_arrived"), ("held", "outcome_unknown")]
)
@pytest.mark.parametrize("steps", [1, 2])
def test_what_is_spoken_of_has_arrived(make_square: Make, state: str, reason: str, steps: int) -> None:
    square = make_square("to: first")
    square.write("a")
    row = square.one(t.delivery, intent="forward")
    plan = {"calls": [{"name": str(number)} for number in range(steps)]}
    with square.store.write() as tx:
        kept = tx.vault.seal("delivery", row.id, orjson.dumps(plan))
        cases.change(tx, t.delivery, row.id, state=state, reason=reason, plan=kept)
        if state == "held":
            desk_list.add(tx, "delivery", row.id, "first", reason)
    square.say("first", A.redirected, "не наше", redirected_to="second")
    row = square.one(t.delivery, id=row.id)
    if steps == 1:
        assert (row.state, row.reason, square.desk()) == ("delivered", "answered", [])
    else:
        assert row.state == state, "its files may still be missing there"
    assert square.one(t.assignment, recipient="first").state == "redirected"
    assert not square.holes()
