"""Fan-outs, filings, triage, quarantine and ratings: what each decision causes, and its undo."""

from collections import Counter

import pytest

from ledger import audit, cases, desk_list
from ledger import tables as t
from tests.gateway.town import CHANNEL, RECIPIENT, Town
from workers.resolve import Report, decide, stop_answer, undo

PEOPLE = tuple(f"Житель {number}" for number in range(25))


def sends(system: str, intent: str) -> bool:
    return (system, intent) in {(CHANNEL, "answer"), (RECIPIENT, "forward"), (RECIPIENT, "return")}


def say(town: Town, kind: str, decision: str, by: str = "anna") -> Report:
    item = next(row for row in town.all(t.desk, kind=kind, open=True))
    return decide(town.store, sends, [item.id], decision, by)


def answers(town: Town) -> Counter[str]:
    return Counter(row.state for row in town.all(t.delivery, intent="answer"))


def test_ten_go_first_and_the_rest_after_the_second_confirmation(town: Town) -> None:
    town.answer(town.open_case(*PEOPLE, filed=True), state="held", reason="confirm_fan_out")
    say(town, "fan_out", "release")
    assert answers(town) == {"waiting": 10, "held": 15}
    assert town.one(t.desk, kind="fan_out", open=True).reason == "confirm_rest"
    say(town, "fan_out", "release", by="boris")
    assert answers(town) == {"waiting": 25}
    assert town.all(t.desk, open=True) == []
    assert town.find_holes() == {}


def test_the_rest_is_confirmed_by_another_person(town: Town) -> None:
    town.answer(town.open_case(*PEOPLE, filed=True), state="held", reason="confirm_fan_out")
    say(town, "fan_out", "release")
    for name in ("anna", " Anna "):
        ((_, why),) = say(town, "fan_out", "release", by=name).faults
        assert "another person" in why
    assert answers(town) == {"waiting": 10, "held": 15}
    second = say(town, "fan_out", "release", by="boris").batch
    undo(town.store, sends, second, "boris")
    assert say(town, "fan_out", "release").faults, "undoing the second confirmation does not forget the first"
    assert not say(town, "fan_out", "release", by="boris").faults


def test_a_release_is_taken_back_step_by_step(town: Town) -> None:
    town.answer(town.open_case(*PEOPLE, filed=True), state="held", reason="confirm_fan_out")
    before = town.photograph()
    first, second = say(town, "fan_out", "release").batch, say(town, "fan_out", "release", by="boris").batch
    undo(town.store, sends, second, "anna")
    assert answers(town) == {"waiting": 10, "held": 15}
    undo(town.store, sends, first, "anna")
    assert town.photograph() == before


def test_a_release_never_shows_one_resident_to_the_others(town: Town) -> None:
    case = town.open_case("Вануйто Степан", *PEOPLE, filed=True)
    town.answer(case, text="Уважаемый Вануйто, тепло дали.", state="held", reason="confirm_fan_out")
    say(town, "fan_out", "release")
    gone = town.one(t.delivery, intent="answer", state="waiting")
    assert gone.appeal_id == town.one(t.cases, id=case).appeal_id
    assert len(town.all(t.desk, kind="delivery", reason="names_another_resident", open=True)) == 25
    assert town.find_holes() == {}


def test_stop_halts_the_unsent_and_can_be_released(town: Town) -> None:
    told = town.answer(town.open_case("А", "Б", "В", filed=True), state="waiting")
    sent = town.all(t.delivery, intent="answer")[0]
    with town.store.write() as tx:
        cases.change(tx, t.delivery, sent.id, state="delivered")
        cases.change(tx, t.obligation, sent.obligation_id, state="met", delivery_id=sent.id)
    stop_answer(town.store, sends, told, "anna")
    assert answers(town) == {"delivered": 1, "held": 2}
    assert town.one(t.answer, id=told).stopped
    assert town.find_holes() == {}
    say(town, "fan_out", "release")
    assert answers(town) == {"delivered": 1, "waiting": 2}


def test_an_answer_stopped_for_good_goes_back_to_its_author(town: Town) -> None:
    case = town.open_case(*PEOPLE, filed=True)
    town.answer(case, state="held", reason="confirm_fan_out")
    before = town.photograph()
    batch = say(town, "fan_out", "stop:wrong_house").batch
    assert answers(town) == {"cancelled": 25}
    assert (town.one(t.cases, id=case).state, town.one(t.delivery, intent="return").state) == ("in_work", "waiting")
    assert {row.state for row in town.all(t.obligation)} == {"owed"}
    assert town.find_holes() == {}
    undo(town.store, sends, batch, "anna")
    assert town.photograph() == before


def hold(town: Town, intent: str, state: str, reason: str) -> str:
    with town.store.write() as tx:
        row = next(iter(town.all(t.delivery, tx, intent=intent)))
        cases.change(tx, t.delivery, row.id, state=state, reason=reason, plan=b"rendered before")
        desk_list.add(tx, "delivery", row.id, row.system, reason)
        return str(row.id)


def test_a_refused_filing_is_rendered_anew_when_sent_again(town: Town) -> None:
    town.open_case("Иванов")
    name = hold(town, "forward", "refused", "refused:422")
    say(town, "delivery", "send")
    row = town.one(t.delivery, id=name)
    assert (row.state, row.plan) == ("waiting", None)


def test_an_unknown_outcome_keeps_its_body(town: Town) -> None:
    town.open_case("Иванов")
    name = hold(town, "forward", "held", "outcome_unknown")
    say(town, "delivery", "send")
    assert town.one(t.delivery, id=name).plan == b"rendered before"


def test_a_confirmed_filing_has_its_number(town: Town) -> None:
    case = town.open_case("Иванов")
    hold(town, "forward", "held", "outcome_unknown")
    say(town, "delivery", "delivered:T-77")
    given = town.one(t.assignment, case_id=case)
    assert (given.state, given.number) == ("sent", "T-77")


def test_a_filing_given_up_is_routed_again_by_a_person(town: Town) -> None:
    case = town.open_case("Иванов")
    hold(town, "forward", "refused", "refused:404")
    before = town.photograph()
    batch = say(town, "delivery", "cancel:no_such_house").batch
    assert town.one(t.cases, id=case).state == "triage"
    assert town.find_holes() == {}
    undo(town.store, sends, batch, "anna")
    assert town.photograph() == before
    say(town, "delivery", "cancel")
    assert not say(town, "triage", f"route:{RECIPIENT}").faults
    again = town.one(t.delivery, intent="forward", state="waiting")
    assert again.case_id == case


def test_an_answer_given_up_is_excused_by_name(town: Town) -> None:
    town.answer(town.open_case("Иванов", filed=True), state="held", reason="no_way_back")
    hold(town, "answer", "held", "no_way_back")
    say(town, "delivery", "cancel:told_by_phone")
    owed = town.one(t.obligation)
    assert (owed.state, owed.reason) == ("excused", "told_by_phone")
    assert town.find_holes() == {}


def test_triage_routes_and_takes_back(town: Town) -> None:
    case = town.open_case("Иванов", routed=False)
    before = town.photograph()
    batch = say(town, "triage", f"route:{RECIPIENT}").batch
    filed = town.one(t.delivery, intent="forward")
    assert (filed.system, filed.state, town.one(t.cases, id=case).state) == (RECIPIENT, "waiting", "routed")
    assert town.find_holes() == {}
    undo(town.store, sends, batch, "anna")
    assert town.photograph() | {"assignments": {}} == before


def test_triage_names_who_takes_no_filings(town: Town) -> None:
    town.open_case("Иванов", routed=False)
    assert "takes no filings" in say(town, "triage", f"route:{CHANNEL}").faults[0][1]


def test_closing_needs_a_reason_and_owes_nothing(town: Town) -> None:
    case = town.open_case("Иванов", routed=False)
    assert "needs a reason" in say(town, "triage", "close").faults[0][1]
    before = town.photograph()
    batch = say(town, "triage", "close:spam").batch
    assert (town.one(t.cases, id=case).state, town.one(t.obligation).reason) == ("closed", "spam")
    undo(town.store, sends, batch, "anna")
    assert town.photograph() == before


def test_quarantine_is_replayed_or_discarded(town: Town) -> None:
    first, second = town.quarantine(b"{}", b"[]")
    assert say(town, "quarantine", "replay").done == 1
    assert town.one(t.document, id=first).state == "received"
    batch = say(town, "quarantine", "discard:test").batch
    assert (town.one(t.document, id=second).disposition, town.find_holes()) == ("discarded", {})
    undo(town.store, sends, batch, "anna")
    assert town.one(t.document, id=second).state == "quarantined"
    assert town.find_holes() == {}


def test_a_low_rating_reopens_the_case(town: Town) -> None:
    case = town.open_case("Иванов", filed=True)
    town.answer(case)
    with town.store.write() as tx:
        desk_list.add(tx, "low_rating", case, CHANNEL, "low_rating")
    before = town.photograph()
    batch = say(town, "low_rating", "reopen").batch
    row = town.one(t.cases, id=case)
    assert (row.state, row.reopened, town.one(t.obligation).state) == ("in_work", 1, "owed")
    assert town.one(t.delivery, intent="return").state == "waiting"
    undo(town.store, sends, batch, "anna")
    assert town.photograph() == before


def test_an_item_is_decided_once(town: Town) -> None:
    town.open_case("Иванов", routed=False)
    item = town.one(t.desk)
    decide(town.store, sends, [item.id], "close:spam", "anna")
    assert "somebody has decided it" in decide(town.store, sends, [item.id], "close:spam", "boris").faults[0][1]


@pytest.mark.parametrize(("kind", "word"), [("triage", "join"), ("quarantine", "done")])
def test_a_wrong_word_names_the_right_ones(town: Town, kind: str, word: str) -> None:
    town.open_case("Иванов", routed=False)
    town.quarantine(b"{}")
    assert "choose" in say(town, kind, word).faults[0][1]


def test_every_decision_is_audited_by_name(town: Town) -> None:
    town.open_case("Иванов", routed=False)
    batch = say(town, "triage", "close:spam").batch
    undo(town.store, sends, batch, "boris")
    told = [(row.kind, row.actor) for row in town.all_notes()]
    assert told == [("desk.close", "anna"), ("desk.undone", "boris")]
    assert audit.verify(town.store, b"key").whole
