"""An interim answer is told, and the answer is still owed: only a final one ends the work."""

from collections.abc import Callable
from datetime import timedelta

from canonical.answer import Finality
from canonical.states import AssignmentState as A
from ledger import tables as t
from tests.workers.square import Square

Make = Callable[..., Square]
INTERIM = {"finality": Finality.interim}


def begin(make_square: Make, route: str = "to: first") -> Square:
    square = make_square(route)
    square.write("a")
    square.send()
    return square


def test_an_interim_answer_is_told_and_settles_nothing(make_square: Make) -> None:
    square = begin(make_square)
    square.say("first", A.answered, "Заказали лампу.", **INTERIM)
    square.send()
    assert (square.told(), square.one(t.obligation).state) == ({"a": ["Заказали лампу."]}, "owed")
    assert (square.one(t.cases).state, square.one(t.assignment).state) == ("in_work", "in_work")
    square.say("first", A.answered, "Заказали лампу.", **INTERIM)
    assert len(square.told()["a"]) == 1, "it is shown once more"
    square.say("first", A.answered, "Заменили.")
    square.send()
    assert (square.told(), square.one(t.obligation).state) == ({"a": ["Заказали лампу.", "Заменили."]}, "met")
    assert not square.holes()


def test_the_same_words_become_final(make_square: Make) -> None:
    square = begin(make_square)
    for more in (INTERIM, {}):
        square.say("first", A.answered, "Заменили.", **more)
    square.send()
    assert (len(square.told()["a"]), square.one(t.obligation).state) == (2, "met")


def test_an_interim_answer_after_the_final_one_opens_the_case_again(make_square: Make) -> None:
    square = begin(make_square)
    square.say("first", A.answered, "Заменили.")
    square.send()
    square.say("first", A.answered, "Лампа снова сгорела, заказали.", **INTERIM)
    assert (square.one(t.cases).reopened, square.one(t.obligation).state) == (1, "owed")
    assert len(square.told()["a"]) == 2


def test_of_one_who_does_not_lead_nothing_is_told(make_square: Make) -> None:
    square = begin(make_square, "to: [first, second], lead: first")
    square.say("second", A.answered, "Заказали лампу.", **INTERIM)
    assert (square.told(), square.one(t.assignment, recipient="second").state) == ({"a": []}, "in_work")


def test_where_all_answer_each_ones_interim_answer_is_told_at_once(make_square: Make) -> None:
    """It decides nothing, so it waits for nobody; the same goes for a postponement."""
    square = begin(make_square, "to: [first, second], lead: first, answered_by: all")
    square.say("second", A.answered, "Считаем деньги.", **INTERIM)
    square.say("first", A.postponed, "Весной.")
    assert square.told() == {"a": ["Считаем деньги.", "Весной."]}
    square.say("second", A.answered, "Деньги есть.")
    assert len(square.told()["a"]) == 2
    square.say("first", A.answered, "Расселим.")
    square.send()
    assert square.told()["a"][2:] == ["Деньги есть.", "Расселим."]
    assert square.one(t.obligation).state == "met"
    square.write("b", timedelta(minutes=5))
    assert square.told()["b"] == ["Деньги есть.", "Расселим."]
    assert not square.holes()
