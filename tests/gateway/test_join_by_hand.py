"""A person joins two cases and changes their mind: nobody is told twice, wrongly or never."""

from collections import Counter
from collections.abc import Callable

import pytest

from ledger import tables as t
from tests.gateway.town import CHANNEL, RECIPIENT, Town
from workers.resolve import Report, decide, undo


def says(*intents: str) -> Callable[[str, str], bool]:
    return lambda system, intent: intent in ("answer", "forward", *intents)


def join(town: Town, item: str, sends: Callable[[str, str], bool]) -> str:
    report = decide(town.store, sends, [item], "join", "anna")
    assert not report.faults
    return report.batch


def take_back(town: Town, batch: str, sends: Callable[[str, str], bool]) -> Report:
    report = undo(town.store, sends, batch, "anna")
    assert not report.faults
    return report


def states(town: Town, intent: str) -> Counter[str]:
    return Counter(row.state for row in town.all(t.delivery, intent=intent))


def test_unsent_filing_is_cancelled_and_the_appeals_move(town: Town) -> None:
    older, newer = town.open_case("Иванов", "Петров", filed=True), town.open_case("Сидоров")
    join(town, town.suggest(newer, older), says("join"))
    assert {row.case_id for row in town.all(t.appeal)} == {older}
    assert {row.case_id for row in town.all(t.obligation)} == {older}
    assert (town.one(t.cases, id=older).appeals, town.one(t.cases, id=newer).state) == (3, "closed")
    assert states(town, "forward") == {"delivered": 1, "cancelled": 1}
    assert states(town, "join") == {"waiting": 1}
    assert states(town, "withdraw") == {}
    assert town.find_holes() == {}


def test_the_filed_case_goes_on_even_when_it_is_the_newer_one(town: Town) -> None:
    older, newer = town.open_case("Иванов"), town.open_case("Сидоров", filed=True)
    join(town, town.suggest(newer, older), says())
    assert {row.case_id for row in town.all(t.appeal)} == {newer}
    assert states(town, "forward") == {"delivered": 1, "cancelled": 1}


def test_sent_filing_is_withdrawn_after_it_arrived(town: Town) -> None:
    older, newer = town.open_case("Иванов", filed=True), town.open_case("Сидоров", filed=True)
    join(town, town.suggest(newer, older), says("withdraw"))
    withdrawal = town.one(t.delivery, intent="withdraw")
    assert withdrawal.needs == town.one(t.delivery, intent="forward", case_id=newer).id
    assert town.one(t.assignment, case_id=newer).state == "withdrawn"


def test_a_recipient_that_takes_no_withdrawal_is_told_by_a_person(town: Town) -> None:
    older, newer = town.open_case("Иванов", filed=True), town.open_case("Сидоров", filed=True)
    join(town, town.suggest(newer, older), says())
    asked = town.one(t.desk, kind="withdrawal", open=True)
    assert (asked.subject, asked.system) == (newer, RECIPIENT)


def test_newcomers_get_the_answer_that_the_others_have(town: Town) -> None:
    older, newer = town.open_case("Иванов", filed=True), town.open_case("Сидоров")
    told = town.answer(older)
    join(town, town.suggest(newer, older), says())
    late = town.one(t.delivery, intent="answer", state="waiting")
    assert (late.answer_id, late.system, late.appeal_id) == (told, CHANNEL, town.one(t.cases, id=newer).appeal_id)
    assert town.find_holes() == {}
    town.send_all()
    assert {row.state for row in town.all(t.obligation)} == {"met"}


def test_an_answer_that_names_a_resident_waits_for_a_person(town: Town) -> None:
    older, newer = town.open_case("Иванов Пётр", filed=True), town.open_case("Сидорова Анна")
    town.answer(older, text="Уважаемый Иванов, тепло дали.")
    join(town, town.suggest(newer, older), says())
    held = town.one(t.delivery, intent="answer", state="held")
    assert held.reason == "names_another_resident"
    assert town.one(t.desk, kind="delivery", open=True).subject == held.id
    assert town.find_holes() == {}


def test_newcomers_wait_with_a_fan_out_that_nobody_confirmed(town: Town) -> None:
    older, newer = town.open_case("Иванов", filed=True), town.open_case("Сидоров")
    town.answer(older, state="held", reason="confirm_fan_out")
    join(town, town.suggest(newer, older), says())
    assert states(town, "answer") == {"held": 2}


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("filed", [False, True])
def test_undo_at_once_leaves_the_same_picture(town: Town, answered: bool, filed: bool) -> None:
    older, newer = town.open_case("Иванов", filed=True), town.open_case("Сидоров", "Кузнецов", filed=filed)
    if answered:
        town.answer(older)
    item, sends = town.suggest(newer, older), says("join", "withdraw")
    before = town.photograph()
    batch = join(town, item, sends)
    assert town.photograph() != before
    take_back(town, batch, sends)
    assert town.photograph() == before
    assert town.find_holes() == {}


def test_undo_after_everything_left_mends_it(town: Town) -> None:
    older, newer = town.open_case("Иванов", filed=True), town.open_case("Сидоров", filed=True)
    town.answer(older)
    sends = says("join", "withdraw")
    batch = join(town, town.suggest(newer, older), sends)
    town.send_all()  # the withdrawal and the other case's answer are gone
    take_back(town, batch, sends)
    case, given = town.one(t.cases, id=newer), town.one(t.assignment, case_id=newer)
    assert (case.state, case.appeals, given.state, given.number) == ("routed", 1, "planned", None)
    again = town.one(t.delivery, intent="forward", state="waiting")
    assert (again.assignment_id, again.generation) == (given.id, 1)
    owner = town.one(t.appeal, case_id=newer)
    assert (owner.state, town.one(t.obligation, appeal_id=owner.id).state) == ("open", "owed")
    assert town.one(t.desk, kind="withdrawal", open=True).reason == "join_was_sent"
    assert town.find_holes() == {}


def test_an_answer_heard_after_the_join_is_not_theirs_after_the_undo(town: Town) -> None:
    older, newer = town.open_case("Иванов", filed=True), town.open_case("Сидоров")
    batch = join(town, town.suggest(newer, older), says())
    town.answer(older, state="waiting")
    take_back(town, batch, says())
    owner = town.one(t.appeal, case_id=newer)
    assert [row.state for row in town.all(t.delivery, appeal_id=owner.id, intent="answer")] == ["cancelled"]
    assert (owner.state, town.one(t.obligation, appeal_id=owner.id).state) == ("open", "owed")
    assert states(town, "answer") == {"waiting": 1, "cancelled": 1}


def test_joined_again_after_an_undo_tells_nobody_twice(town: Town) -> None:
    older, newer = town.open_case("Иванов", filed=True), town.open_case("Сидоров")
    town.answer(older)
    item = town.suggest(newer, older)
    batch = join(town, item, says())
    town.send_all()
    take_back(town, batch, says())
    join(town, item, says())
    assert states(town, "answer") == {"delivered": 2}
    assert {row.state for row in town.all(t.obligation)} == {"met"}


def test_an_earlier_join_is_not_undone_before_the_later_one(town: Town) -> None:
    first, second, third = town.open_case("А", filed=True), town.open_case("Б"), town.open_case("В")
    early = join(town, town.suggest(third, second), says())
    late = join(town, town.suggest(second, first), says())
    report = undo(town.store, says(), early, "anna")
    assert report.done == 0
    assert "undo the later decision first" in report.faults[0][1]
    take_back(town, late, says())
    take_back(town, early, says())
    assert {row.case_id for row in town.all(t.appeal)} == {first, second, third}


def test_preview_changes_nothing(town: Town) -> None:
    older, newer = town.open_case("Иванов", filed=True), town.open_case("Сидоров")
    item = town.suggest(newer, older)
    before = town.photograph()
    report = decide(town.store, says(), [item], "join", "anna", preview=True)
    assert (report.done, report.counts["appeals moved"]) == (1, 1)
    assert town.photograph() == before
