"""The same words twice: a new question of the recipient, or one and the same question that is shown once more."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from canonical.answer import Question, Reference, Reply, StatusChange
from canonical.states import AssignmentState as A
from gateway.commands.papers import Papers
from ledger import tables as t
from tests.workers.square import CHANNEL, Square, make_recipient
from workers.forgetting import forget

ASKED = "Уточните адрес."
QUESTIONS = """in:
  question:
    source: {format: json}
    webhook: {verify: {by: none}}
    id: id
    fields: {reference.number: number, text: text}
"""
Make = Callable[..., Square]


def begin(make_square: Make, route: str = "to: first") -> Square:
    square = make_square(route)
    square.write("a")
    square.send()
    return square


def ask(square: Square, document: str | None = None, **more: Any) -> Any:
    """By the state of its filing; `document`: the id under which the recipient shows it."""
    system, kind, form, _ = square.word("first", A.asking, ASKED, **more)
    (ended,) = square.take((system, kind, form, document))
    return ended


def reply(square: Square, **more: Any) -> None:
    square.take((CHANNEL, "reply", Reply(reference=Reference(number="a"), text="Зверева, 5.", **more), None))
    square.send()


def count_asked(square: Square) -> int:
    return len(square.all(t.delivery, intent="ask"))


@pytest.mark.parametrize("by", ["documents", "entries"])
def test_what_is_asked_again_after_the_reply_is_a_new_question(make_square: Make, by: str) -> None:
    square = begin(make_square)
    for number in (1, 2):
        ask(square, **({"entry": f"e{number}", "document": "history"} if by == "entries" else {}))
        assert (count_asked(square), square.one(t.cases).state) == (number, "asking")
        assert square.one(t.cases).paused_at
        ask(square, **({"entry": f"e{number}", "document": "history"} if by == "entries" else {}))
        assert count_asked(square) == number, "it is open: the resident has it"
        reply(square)
    assert square.desk() == []
    assert not square.holes()


def test_a_question_that_a_changed_document_still_shows_is_asked_once(make_square: Make) -> None:
    square, asked_at = begin(make_square), datetime.now(UTC) - timedelta(minutes=5)
    ask(square, "R-1", at=asked_at)
    reply(square)
    ask(square, "R-1", at=asked_at)
    assert (count_asked(square), square.one(t.cases).state, square.desk()) == (1, "in_work", [])
    assert square.one(t.cases).paused_at is None
    square.say("first", A.asking, "Уточните подъезд.")
    assert (count_asked(square), square.one(t.cases).state) == (2, "asking")


@pytest.mark.parametrize("tells_time", [True, False])
def test_where_nothing_tells_whether_it_is_asked_anew_a_person_does(make_square: Make, tells_time: bool) -> None:
    """Their document has changed since the reply: by a new question, or by nothing but the reply."""
    square, now = begin(make_square), datetime.now(UTC)
    ask(square, "R-1", at=now - timedelta(minutes=5) if tells_time else None)
    reply(square)
    for _ in range(2):
        ask(square, "R-1", at=now if tells_time else None)
    assert (count_asked(square), square.desk()) == (1, [("question", "asked_again")])
    with square.store.read() as tx:
        papers = dict(Papers(tx, False).of_item(square.one(t.desk, open=True)))
    assert papers["answer"]["text"] == ASKED, "who decides sees the question"
    report = square.decide("ask", kind="question")
    assert (count_asked(square), square.one(t.cases).state, square.one(t.assignment).state) == (2, "asking", "asking")
    square.undo(report)
    assert (square.one(t.cases).state, square.one(t.cases).paused_at) == ("in_work", None)
    square.decide("ask", kind="question")
    square.send()
    reply(square)
    assert square.one(t.cases).paused_at is None
    assert not square.holes()


def test_a_question_that_crossed_the_reply_is_asked(make_square: Make) -> None:
    """It was said before the reply and heard after it: the reply is no word of the recipient that it could be older
    than."""
    square, now = begin(make_square), datetime.now(UTC)
    ask(square, at=now - timedelta(minutes=5))
    reply(square, at=now)
    square.say("first", A.asking, "А какой подъезд?", at=now - timedelta(minutes=2))
    assert (count_asked(square), square.one(t.cases).state) == (2, "asking")


def test_a_question_document_that_changes_asks_once(make_square: Make) -> None:
    square = begin(make_square)
    number = square.one(t.assignment).number
    question = Question(reference=Reference(number=number), text=ASKED)
    for _ in range(2):
        square.take(("first", "question", question, "q-1"))
    assert count_asked(square) == 1
    square.take(("first", "question", question.model_copy(update={"text": "Уточните подъезд."}), "q-1"))
    assert count_asked(square) == 2
    reply(square)
    square.take(("first", "question", question, "q-2"))
    assert (count_asked(square), square.one(t.cases).state) == (3, "asking")


def test_a_question_that_the_filings_state_told_first_is_asked_by_its_document(make_square: Make) -> None:
    reads = make_recipient("first", ("supplement",)).replace("in:\n", QUESTIONS, 1)
    square = make_square("to: first", **{"systems/first.yaml": reads})
    square.write("a")
    square.send()
    question = Question(reference=Reference(number=square.one(t.assignment).number), text=ASKED)
    ask(square)
    assert count_asked(square) == 0, "the document is to come"
    square.take(("first", "question", question, "q-1"))
    ask(square)
    square.take(("first", "question", question, "q-1"))
    assert (count_asked(square), square.one(t.cases).state) == (1, "asking")


@pytest.mark.parametrize("by", ["state", "document"])
def test_a_person_has_a_question_asked_that_belonged_to_a_filing_taken_back(make_square: Make, by: str) -> None:
    square = begin(make_square)
    with square.store.write() as tx:
        tx.run(t.assignment.update().values(state="withdrawn"))
    question = Question(reference=Reference(number=square.one(t.assignment).number), text=ASKED)
    asked = square.word("first", A.asking, ASKED) if by == "state" else ("first", "question", question, None)
    square.take(asked)
    assert square.desk() == [("question", "filing_is_over")]
    square.decide("ask", kind="question")
    assert (count_asked(square), square.one(t.cases).state) == (1, "asking")
    assert square.one(t.assignment).state == "withdrawn"


def test_who_asks_after_the_answer_looks_again(make_square: Make) -> None:
    square = begin(make_square)
    square.say("first", A.answered, "Сделали.")
    square.send()
    square.say("first", A.asking, ASKED)
    assert (count_asked(square), square.one(t.cases).state, square.one(t.obligation).state) == (1, "asking", "owed")
    reply(square)
    assert (square.one(t.cases).state, square.one(t.cases).paused_at) == ("in_work", None)
    assert square.one(t.cases).reopened
    assert not square.holes()


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_question_document_after_the_answer_is_a_persons(make_square: Make, name: str) -> None:
    """It may have been overtaken, and it tells of no state: the case stays answered."""
    square = begin(make_square, "to: [first, second], lead: first")
    square.say("first", A.answered, "Сделали.")
    square.send()
    number = square.one(t.assignment, recipient=name).number
    square.take((name, "question", Question(reference=Reference(number=number), text=ASKED), None))
    assert (count_asked(square), square.desk()) == (0, [("question", "filing_is_over")])
    square.decide("ask", kind="question")
    reply(square)
    assert (count_asked(square), square.one(t.cases).state, square.one(t.obligation).state) == (1, "answered", "met")
    assert [row.system for row in square.all(t.delivery, intent="supplement")] == ["first", "second"]
    assert not square.holes()


@pytest.mark.parametrize("how", ["withdrawn", "forgotten"])
def test_where_the_resident_who_was_asked_went_the_next_one_may_be_asked(make_square: Make, how: str) -> None:
    square = begin(make_square)
    for place, name in enumerate("bc"):
        square.write(name, timedelta(minutes=5 + place))
    ask(square)
    square.send()
    for name in ("c", "a"):
        row = square.one(t.appeal, external_id=name)
        if how == "forgotten":
            forget(square.store, row.id, "anna")
        else:
            change = StatusChange(reference=Reference(number=name), state="withdrawn")
            square.take((CHANNEL, "status", change, None))
        assert len(square.desk()) == (name == "a"), "who was not asked leaves no question"
    assert square.desk() == [("question", "asked_left")]
    square.decide("ask", kind="question")
    next_one = square.one(t.appeal, external_id="b").id
    assert square.all(t.delivery, intent="ask")[-1].appeal_id == next_one
    assert square.one(t.cases).state == "asking"
    assert not square.holes()
