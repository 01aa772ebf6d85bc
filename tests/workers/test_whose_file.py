"""A file of an answer goes to the resident whom the filing was made for, also where that is not the case's first."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from canonical.answer import Reference, StatusChange
from canonical.attachment import Attachment
from canonical.states import AssignmentState as A
from ledger import files
from ledger import tables as t
from tests.workers.square import CHANNEL, Square
from workers import scope

PAPER = Attachment(id="7", name="акт.pdf", url="http://x/7")
Make = Callable[..., Square]


def take_back(square: Square, name: str) -> None:
    change = StatusChange(reference=Reference(number=name), state="withdrawn")
    square.take((CHANNEL, "status", change, None))


@pytest.mark.parametrize("by_number", [True, False])
def test_the_next_resident_gets_the_file_of_the_filing_that_was_made_for_them(
    make_square: Make, by_number: bool
) -> None:
    square = make_square("to: first", intents=("fetch",))
    for place, name in enumerate("abc"):
        square.write(name, timedelta(minutes=place))
    take_back(square, "a")
    square.say("first", A.redirected, "не наше", redirected_to="second")
    square.send()
    row = square.one(t.assignment, recipient="second")
    (system, kind, form, name) = square.word("second", A.answered, "Ответ во вложении.", attachments=(PAPER,))
    if by_number:
        form = form.model_copy(update={"reference": Reference(number=row.number)})
    square.take((system, kind, form, name))
    owners = {row.id: row.external_id for row in square.all(t.appeal)}
    told = {owners[row.appeal_id]: row for row in square.all(t.delivery, intent="answer")}
    assert {name: row.reason for name, row in told.items()} == {"b": "awaits_files", "c": None}
    with square.store.write() as tx:
        tx.run(t.attachment.update().values(state="stored", digest="d", done_at=tx.now - 1))
    with square.store.read() as tx:
        assert owners[files.find_first(tx, square.one(t.attachment).owner)] == "b"
        material = scope.load_material(tx, list(told.values()))
        enclosed = {name: bool(scope.make_scope(square.site, row, material).answer.files) for name, row in told.items()}
    assert enclosed == {"b": True, "c": False}
