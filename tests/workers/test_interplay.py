"""One thing after another: a case that is given back and taken up, parted, joined and routed again, while its residents
reply, join and leave."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from canonical.answer import Answer, Question, Reference, StatusChange
from canonical.states import AssignmentState as A
from gateway.bootstrap import read_files
from ledger import configs
from ledger import tables as t
from tests.workers.square import CHANNEL, Square
from tests.workers.talk import HARNESS
from tests.workers.test_successors import join, list_told, reply
from workers.resolve import decide

SOON = timedelta(minutes=5)
ANOTHER = "Яма на дороге, колесо пробили"
WITHOUT_WITHDRAW = ("join", "supplement")
Make = Callable[..., Square]


def begin(make_square: Make, route: str = "to: first", *names: str, **more: tuple[str, ...]) -> Square:
    """The residents `names` write of the place of `a` before it is filed."""
    square = make_square(route, **more)
    with square.store.write() as tx:
        configs.activate(tx, read_files(HARNESS), "anna")
    for name in ("a", *names):
        square.write(name, SOON if name != "a" else timedelta())
    square.send()
    return square


def begin_two(make_square: Make, **more: tuple[str, ...]) -> Square:
    """Two cases at the same recipient, of `a` and of `c`."""
    square = begin(make_square, **more)
    square.write("c", text=ANOTHER)
    square.send()
    return square


def withdraw(name: str) -> tuple[str, str, StatusChange, None]:
    return CHANNEL, "status", StatusChange(reference=Reference(number=name), state="withdrawn"), None


def give_back(square: Square) -> None:
    square.say("first", A.redirected, "не наше", redirected_to="Прокуратура")


def say_of_a(square: Square, state: A, **more: str) -> None:
    filed = square.all(t.delivery, intent="forward")[0]
    square.take(("first", "answer", Answer(reference=Reference(delivery=filed.id), state=state, **more), None))


def test_who_left_while_the_case_was_given_back_is_not_told_of_when_it_is_taken_up(make_square: Make) -> None:
    square = begin(make_square)
    square.write("b", SOON)
    give_back(square)
    square.take(withdraw("b"))
    square.say("first", A.in_work, "всё же наше")
    assert list_told(square, "first") == [("forward", "a")]
    assert not square.holes()


def test_whose_case_was_parted_meanwhile_is_not_told_of_either(make_square: Make) -> None:
    square = begin_two(make_square)
    report = join(square, "c", "a")
    say_of_a(square, A.redirected, text="не наше", redirected_to="Прокуратура")
    square.undo(report)
    say_of_a(square, A.in_work, text="всё же наше")
    assert list_told(square, "first") == [("forward", "a"), ("forward", "c")]


def test_who_joined_while_the_case_was_given_back_is_told_of_when_it_is_taken_up(make_square: Make) -> None:
    square = begin(make_square)
    square.write("b", SOON)
    square.send()
    give_back(square)
    square.write("d", 2 * SOON)
    square.say("first", A.in_work, "всё же наше")
    assert list_told(square, "first") == [("forward", "a"), ("join", "b"), ("join", "d")]
    assert not square.holes()


def test_a_reply_is_told_once_however_often_the_case_comes_back(make_square: Make) -> None:
    square = begin(make_square)
    reply(square, "a")
    give_back(square)
    square.decide("route:first", kind="triage")
    square.send()
    give_back(square)
    square.say("first", A.in_work, "наше")
    square.send()
    assert [intent for intent, _ in list_told(square, "first")].count("supplement") == 1


@pytest.mark.parametrize("intents", [(*WITHOUT_WITHDRAW, "withdraw"), WITHOUT_WITHDRAW])
@pytest.mark.parametrize("sent", [False, True])
def test_a_reply_during_a_mistaken_join_reaches_the_recipient_of_its_own_case(
    make_square: Make, intents: tuple[str, ...], sent: bool
) -> None:
    square = begin_two(make_square, intents=intents)
    report = join(square, "c", "a")
    reply(square, "c", "У третьей опоры.")
    if sent:
        square.send()
    square.undo(report)
    square.send()
    own = square.one(t.assignment, case_id=square.one(t.appeal, external_id="c").case_id).id
    assert len(square.all(t.delivery, intent="supplement", assignment_id=own, state="delivered")) == 1
    assert not square.holes()


@pytest.mark.parametrize("sent", [False, True])
def test_so_does_what_a_resident_changed_meanwhile(make_square: Make, sent: bool) -> None:
    square = begin_two(make_square)
    square.edit("c", "Яма на дороге у моста, колесо пробили", 1)
    square.send()
    report = join(square, "c", "a")
    square.edit("c", "Яма на дороге у моста, пробили два колеса", 2)
    if sent:
        square.send()
    square.undo(report)
    square.send()
    own = square.one(t.assignment, case_id=square.one(t.appeal, external_id="c").case_id).id
    told = square.all(t.delivery, assignment_id=own, state="delivered")
    again = ["withdraw", "forward"] if sent else ["supplement"]  # as it is now
    assert [row.intent for row in told] == ["forward", "supplement", *again]
    square.undo(square.decide("join", kind="suggestion"))
    square.send()
    assert len(square.all(t.delivery, assignment_id=own, state="delivered")) == len(told)
    assert not square.holes()


def test_a_filing_that_was_taken_back_is_not_taken_back_again_when_the_join_is_repeated(make_square: Make) -> None:
    square = begin_two(make_square)
    report = join(square, "c", "a")
    square.send()
    square.undo(report)
    square.decide("join", kind="suggestion")
    square.send()
    assert len(square.all(t.delivery, intent="withdraw", state="delivered")) == 1
    assert not square.holes()


def test_a_route_that_is_undone_leaves_no_reply_that_others_know_to_pass_on(make_square: Make) -> None:
    square = begin(make_square)
    reply(square, "a")
    square.send()
    give_back(square)
    square.undo(square.decide("route:second", kind="triage"))
    assert [kind for kind, _ in square.desk()] == ["triage"]


def test_a_reply_whose_filing_was_given_up_goes_with_the_case_and_not_by_hand_too(make_square: Make) -> None:
    square = make_square("to: first")
    square.write("a")
    square.refuse("first")
    reply(square, "a")
    square.decide("cancel", kind="delivery")
    report = square.decide("route:second", kind="triage")
    assert (list_told(square, "second"), square.desk()) == ([("forward", "a"), ("supplement", "a")], [])
    square.undo(report)
    assert ("reply", "nobody_to_tell") in square.desk()


def test_what_who_left_changes_in_its_text_is_not_told(make_square: Make) -> None:
    square = begin(make_square)
    square.write("b", SOON)
    square.take(withdraw("b"))
    square.edit("b", "Провалился люк у третьего подъезда", 9)
    assert list_told(square, "first") == [("forward", "a")]


def test_who_left_before_the_question_went_out_is_not_asked(make_square: Make) -> None:
    square = begin(make_square, "to: first", "b")
    square.say("first", A.asking, "Какой подъезд?")
    square.take(withdraw("a"))
    assert ("ask", CHANNEL) not in square.send()
    assert square.desk() == [("question", "asked_left")]


@pytest.mark.parametrize("asked_first", [True, False])
def test_who_leaves_in_the_batch_that_asks_is_not_the_one_who_is_asked(make_square: Make, asked_first: bool) -> None:
    square = begin(make_square, "to: first", "b")
    question = Question(reference=Reference(number=square.one(t.assignment).number), text="Какой подъезд?")
    both = [("first", "question", question, None), withdraw("a")]
    square.take(*(both if asked_first else reversed(both)))
    owners = {row.id: row.external_id for row in square.all(t.appeal)}
    asked = [owners[row.appeal_id] for row in square.all(t.delivery, intent="ask") if row.state != "cancelled"]
    assert (asked, square.desk()) == (([], [("question", "asked_left")]) if asked_first else (["b"], []))


def test_a_question_that_a_person_settles_leaves_the_one_of_another_recipient_open(make_square: Make) -> None:
    square = begin(make_square, "to: [first, second], lead: first")
    square.say("second", A.answered, "Деньги есть.")
    number = square.one(t.assignment, recipient="second").number
    square.say("first", A.asking, "Какой подъезд?")
    square.take(("second", "question", Question(reference=Reference(number=number), text="Где?"), None))
    square.decide("done", kind="question")
    assert (square.one(t.cases).state, square.one(t.assignment, recipient="first").state) == ("asking", "asking")


def test_each_recipient_that_asked_who_left_has_its_question_settled(make_square: Make) -> None:
    square = begin(make_square, "to: [first, second], lead: first", "b")
    for name in ("first", "second"):
        number = square.one(t.assignment, recipient=name).number
        square.take((name, "question", Question(reference=Reference(number=number), text="Какой подъезд?"), None))
    square.send()
    square.take(withdraw("a"))
    items = square.all(t.desk, open=True, reason="asked_left")
    assert len(items) == 2
    assert not decide(square.store, square.site.sends, [items[0].id], "done", "anna").faults
    assert square.one(t.cases).state == "asking"
    assert not decide(square.store, square.site.sends, [items[1].id], "done", "anna").faults
    assert (square.one(t.cases).state, square.one(t.cases).paused_at) == ("in_work", None)


def test_an_answer_to_a_case_that_was_closed_by_mistake_waits_for_a_person_when_that_is_undone(
    make_square: Make,
) -> None:
    square = begin(make_square, "to: first", "b")
    give_back(square)
    report = square.decide("close:nobodys", kind="triage")
    square.say("first", A.answered, "Всё же сделали.")
    assert square.desk() == []
    square.undo(report)
    assert sorted(square.desk()) == [("late_answer", "closed_meanwhile"), ("triage", "redirected")]
    square.decide("tell", kind="late_answer")
    square.send()
    assert square.told() == {"a": ["Всё же сделали."], "b": ["Всё же сделали."]}
    assert {row.state for row in square.all(t.obligation)} == {"met"}
    assert not square.holes()
