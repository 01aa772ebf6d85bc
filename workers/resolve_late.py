"""An answer to a filing that was joined away or taken back: a person says that it settles the problem after all."""

from collections.abc import Collection
from typing import Any

from canonical.states import AssignmentState, CaseState, move
from ledger import cases
from ledger.tables import answer, appeal, assignment, obligation
from ledger.tables import cases as case_table
from workers import privacy
from workers.pausing import let_run
from workers.resolve_effects import Effects, NotPossible, load_one, lock_case
from workers.resolve_fan_out import FIRST
from workers.resolve_join import answer_one
from workers.telling import REACHED

A = AssignmentState


def tell(effects: Effects, item: Any, word: str) -> None:
    """All residents of the case get it, those who were answered before as well: it replaces what they were told."""
    tx, told = effects.tx, load_one(effects.tx, answer, item.subject)
    case = lock_case(tx, told.case_id)
    residents = [r for r in cases.load_of_case(tx, appeal, [case.id]).get(case.id, []) if r.state in REACHED]
    if not residents:
        raise NotPossible(f"case {case.id} has no resident to be told; decide `done`")
    spoken = [a for a in cases.list_answers(tx, [case.id], []) if a.speaks]
    effects.change(answer, told, speaks=True, version=max((a.version for a in spoken), default=0) + 1)
    _move(effects, case, told)
    tell_all(effects, case, told, residents)


def _move(effects: Effects, case: Any, told: Any) -> None:
    if case.state != CaseState.answered:
        effects.change(case_table, case, state=move(CaseState(case.state), CaseState.answered).value)
        let_run(effects, case)
    given = load_one(effects.tx, assignment, told.assignment_id)
    if given.state not in (A.withdrawn, told.state):
        effects.change(assignment, given, state=move(A(given.state), A(told.state)).value)


def tell_all(effects: Effects, case: Any, told: Any, residents: list[Any], but: Collection[str] = ()) -> None:
    """`but`: who has it."""
    tx = effects.tx
    leaks = privacy.find_leaks(tx, cases.open_answer(tx, told), residents)
    residents = [row for row in residents if row.id not in but]
    debts = {row.appeal_id: row for row in cases.load_of_case(tx, obligation, [case.id]).get(case.id, [])}
    crowd = len(residents) > FIRST
    for row in residents:
        reason = "no_way_back" if not effects.sends(row.system, "answer") else None
        reason = reason or ("names_another_resident" if row.id in leaks else None)
        debt = debts.get(row.id)
        owed = debt if debt is not None and debt.state == "owed" else None
        answer_one(effects, case.id, told.id, row, owed, reason or ("confirm_fan_out" if crowd else None))
    if crowd:
        given = load_one(tx, assignment, told.assignment_id)
        effects.ask("fan_out", told.id, given.recipient, "confirm_fan_out", str(len(residents)), case.urgency)
