"""Words that come out of turn: files that follow, older answers, questions nobody waits for, ratings of old answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from canonical.answer import Question, Reference, Satisfaction
from canonical.appeal import Appeal
from canonical.applicant import Applicant
from canonical.attachment import Attachment
from canonical.states import AssignmentState as A
from ledger import cases, desk_list
from ledger import tables as t
from ledger.deliveries import Outcome, apply_receipts, claim, finish
from tests.workers.square import CHANNEL, Square
from workers.resolve import decide, stop_answer

Make = Callable[..., Square]
PAPER = Attachment(id="7", name="акт.pdf", url="http://x/7?sign=1")


def hold(square: Square) -> str:
    """The one answer that waits is a person's."""
    row = square.one(t.delivery, intent="answer", state="waiting")
    with square.store.write() as tx:
        cases.change(tx, t.delivery, row.id, state="held", reason="unavailable_for_long")
        return desk_list.add(tx, "delivery", row.id, CHANNEL, "unavailable_for_long")


def begin(make_square: Make, route: str = "to: first") -> Square:
    square = make_square(route)
    square.write("a")
    square.send()
    return square


def test_a_file_that_only_comes_with_a_later_revision_reaches_the_resident(make_square: Make) -> None:
    square = begin(make_square)
    square.say("first", A.answered, "Ответ во вложении")
    square.say("first", A.answered, "Ответ во вложении", attachments=(PAPER,))
    assert [row.version for row in square.all(t.answer)] == [1, 2]
    assert len(square.told()["a"]) == 2
    again = PAPER.model_copy(update={"url": "http://x/7?sign=2"})
    square.say("first", A.answered, "Ответ во вложении", attachments=(again,))
    assert len(square.told()["a"]) == 2, "a link that was signed anew is no news"


def test_an_older_answer_is_not_sent_behind_the_newer_one(make_square: Make) -> None:
    square = begin(make_square)
    square.say("first", A.answered, "Завтра.")
    item = hold(square)
    square.say("first", A.answered, "Сделали.")
    square.send()
    (fault,) = decide(square.store, square.site.sends, [item], "send", "anna").faults
    assert "newer answer" in fault[1]
    square.decide("cancel", kind="delivery")
    assert (square.told(), square.one(t.obligation).state) == ({"a": ["Сделали."]}, "met")
    assert not square.holes()


def test_where_all_answer_the_others_word_is_no_newer_answer(make_square: Make) -> None:
    square = begin(make_square, "to: [first, second], answered_by: all")
    square.say("first", A.answered, "Расселим.")
    square.say("second", A.answered, "Деньги есть.")
    older = square.all(t.delivery, intent="answer")[0]
    with square.store.write() as tx:
        cases.change(tx, t.delivery, older.id, state="held", reason="x")
        desk_list.add(tx, "delivery", older.id, CHANNEL, "x")
    square.decide("send", kind="delivery")
    assert len(square.told()["a"]) == 2


def test_an_unconfirmed_fan_out_that_was_replaced_goes_nowhere(make_square: Make) -> None:
    square = begin(make_square)
    square.say("first", A.answered, "Завтра.")
    row = square.one(t.delivery, intent="answer", state="waiting")
    with square.store.write() as tx:
        cases.change(tx, t.delivery, row.id, state="held", reason="confirm_fan_out")
        desk_list.add(tx, "fan_out", row.answer_id, "first", "confirm_fan_out")
    square.say("first", A.answered, "Сделали.")
    square.send()
    square.decide("release", kind="fan_out")
    assert (square.told(), square.send()) == ({"a": ["Сделали."]}, [])
    assert not square.holes()


def test_an_answer_that_was_on_its_way_when_the_case_reopened_settles_nothing(make_square: Make) -> None:
    square = begin(make_square)
    square.say("first", A.answered, "Сделали.")
    with square.store.write(square.lease) as tx:
        rows = claim(tx, square.lease, CHANNEL, 9)
    square.say("first", A.in_work)
    with square.store.write(square.lease) as tx:
        finish(tx, square.lease, {row.id: row for row in rows}, [Outcome(row.id, "delivered") for row in rows])
    assert (square.one(t.obligation).state, square.told()) == ("owed", {"a": ["Сделали."]})
    square.say("first", A.answered, "Теперь и правда.")
    square.send()
    assert square.one(t.obligation).state == "met"
    assert not square.holes()


def test_a_question_that_overtakes_the_receipt_waits_for_it(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    question = Question(reference=Reference(number="N7"), text="Какой подъезд?")
    (ended,) = square.take(("first", "question", question, "q1"))
    assert ended.state == "parked"
    square.send()
    (ended,) = square.take(("first", "question", question, "q2"))
    assert (ended.state, ended.reason) == ("quarantined", "unknown_reference"), "nothing is on its way any more"


def test_one_who_does_not_lead_goes_on_without_the_reply_and_the_clock_runs(make_square: Make) -> None:
    square = begin(make_square, "to: [first, second], lead: first")
    square.say("first", A.in_work)
    number = square.one(t.assignment, recipient="second").number
    square.take(("second", "question", Question(reference=Reference(number=number), text="Где?"), None))
    assert square.one(t.cases).paused_at is not None
    square.say("second", A.answered, "Сами нашли.")
    assert (square.one(t.cases).state, square.one(t.cases).paused_at) == ("in_work", None)


def test_the_leads_answer_in_one_batch_with_the_word_of_one_who_had_asked(make_square: Make) -> None:
    square = begin(make_square, "to: [first, second], lead: first")
    number = square.one(t.assignment, recipient="second").number
    square.take(("second", "question", Question(reference=Reference(number=number), text="Где?"), None))
    square.take(square.word("first", A.answered, "Сделали."), square.word("second", A.answered, "Помогли."))
    assert (square.one(t.cases).state, square.one(t.cases).paused_at) == ("answered", None)
    assert square.told() == {"a": ["Сделали."]}


def test_a_recipient_that_drops_its_filing_is_seen_by_a_person(make_square: Make) -> None:
    square = begin(make_square)
    square.say("first", A.withdrawn, "Удалено оператором.")
    assert (square.one(t.cases).state, square.desk()) == ("triage", [("triage", "withdrawn_there")])
    square.decide("route:second", kind="triage")
    square.send()
    square.say("second", A.answered, "Сделали.")
    assert square.told() == {"a": ["Сделали."]}


def test_a_rating_belongs_to_the_answer_that_was_rated(make_square: Make) -> None:
    square = begin(make_square)
    square.say("first", A.answered, "Завтра.")
    square.send()
    older = square.one(t.delivery, intent="answer")
    square.say("first", A.answered, "Сделали.")
    square.send()
    for name, score in ((older.id, 1), (square.all(t.delivery, intent="answer")[-1].id, 5)):
        reading = Satisfaction(reference=Reference(delivery=name), score=score)
        square.take((CHANNEL, "satisfaction", reading, None))
    rated = {row.answer_id: row.score for row in square.all(t.rating)}
    assert rated == {older.answer_id: 1, square.all(t.delivery, intent="answer")[-1].answer_id: 5}


def test_an_older_revision_that_comes_late_changes_nothing(make_square: Make) -> None:
    """Its sender tries again what it could not bring before the newer one."""
    square = make_square("to: first")
    square.edit("a", "Не горит фонарь", 1)
    square.edit("a", "Не горят два фонаря", 3)
    assert square.edit("a", "Не горит фонарь у подъезда", 2).disposition == "stale"
    with square.store.read() as tx:
        assert cases.open_appeal(tx, square.one(t.appeal)).text == "Не горят два фонаря"
    assert len(square.all(t.delivery, intent="supplement")) == 1
    assert square.edit("a", "Не горят три фонаря", 4).disposition == "edited"


@pytest.mark.parametrize("decision", ["release", "stop"])
def test_who_joins_while_an_answer_is_halted_shares_its_fate(make_square: Make, decision: str) -> None:
    square = begin(make_square)
    square.say("first", A.answered, "Завтра.")
    stop_answer(square.store, square.site.sends, square.one(t.answer).id, "anna")
    square.write("b", timedelta(minutes=5))
    assert not square.holes()
    square.decide(decision, kind="fan_out")
    square.send()
    if decision == "stop":
        square.say("first", A.answered, "Сделали.")
        square.send()
    said = "Завтра." if decision == "release" else "Сделали."
    assert square.told() == {"a": [said], "b": [said]}
    assert {row.state for row in square.all(t.obligation)} == {"met"}
    assert not square.holes()


def test_an_answer_that_is_stopped_half_way_is_owed_to_all_again(make_square: Make) -> None:
    square = begin(make_square)
    square.write("b", timedelta(minutes=5))
    square.send()
    square.say("first", A.answered, "Завтра.")
    first, _ = square.all(t.delivery, intent="answer")
    with square.store.write() as tx:
        cases.change(tx, t.delivery, first.id, state="delivered", plan=b"sent")
        apply_receipts(tx, [(first, None)])
    stop_answer(square.store, square.site.sends, square.one(t.answer).id, "anna")
    report = square.decide("stop", kind="fan_out")
    assert [row.state for row in square.all(t.obligation)] == ["owed", "owed"]
    square.undo(report)
    assert [row.state for row in square.all(t.obligation)] == ["met", "owed"]


def make_letter(text: str) -> Appeal:
    return Appeal(text=text, created_at=datetime.now(UTC), applicant=Applicant(phone="+79000000001"))


def test_of_two_revisions_the_one_that_arrived_last_counts(make_square: Make) -> None:
    """Two workers took one each, and the later one was decided first."""
    square = make_square("to: first")
    older, newer = make_letter("Не горит фонарь"), make_letter("Не горят два фонаря")
    ended = square.take((CHANNEL, "appeal", older, "a"), (CHANNEL, "appeal", newer, "a"), backwards=True)
    assert [row.disposition for row in ended] == ["stale", "opened"]
    with square.store.read() as tx:
        assert cases.open_appeal(tx, square.one(t.appeal)).text == "Не горят два фонаря"


def test_older_news_without_a_time_do_not_reopen_what_was_answered_since(make_square: Make) -> None:
    """Another worker was faster, or a person replays what was in quarantine."""
    square = begin(make_square)
    square.take(square.word("first", A.in_work), square.word("first", A.answered, "Сделали."), backwards=True)
    assert (square.one(t.cases).state, square.one(t.cases).reopened, square.desk()) == ("answered", 0, [])
    assert square.told() == {"a": ["Сделали."]}
    square.say("first", A.in_work)
    assert square.one(t.cases).reopened == 1, "news that came later do"


def test_an_older_answer_is_not_told_as_the_newest_but_shown_to_a_person(make_square: Make) -> None:
    square = begin(make_square)
    words = square.word("first", A.answered, "Завтра."), square.word("first", A.answered, "Сделали.")
    square.take(*words, backwards=True)
    assert (square.told(), square.desk()) == ({"a": ["Сделали."]}, [("late_answer", "older_answer")])
    square.decide("tell", kind="late_answer")
    square.send()
    assert square.told() == {"a": ["Сделали.", "Завтра."]}
    assert not square.holes()


def test_a_late_answer_is_told_by_its_own_time(make_square: Make) -> None:
    square = begin(make_square)
    noon = datetime.now(UTC)
    square.say("first", A.answered, "Сделали.", at=noon)
    assert square.say("first", A.answered, "Завтра.", at=noon - timedelta(hours=2)).disposition == "stale"
    assert square.say("first", A.answered, "Сделали ещё раз.", at=noon + timedelta(hours=1)).disposition == "answered"
    assert square.told() == {"a": ["Сделали.", "Сделали ещё раз."]}


def test_of_a_source_that_tells_days_the_later_word_of_a_day_counts(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.send()
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    square.say("first", A.asking, "Какой подъезд?", at=day)
    square.say("first", A.in_work, at=day)
    assert (square.one(t.assignment).state, square.one(t.cases).paused_at) == ("in_work", None)
    square.say("first", A.answered, "Сделали.", at=day)
    assert square.say("first", A.in_work, at=day).disposition == "stale", "it may be a call that comes once more"
