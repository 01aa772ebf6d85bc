"""A recipient's question that a person must look at: it is asked, or was settled without asking."""

from typing import Any

from canonical.states import AssignmentState, CaseState, move
from ledger import cases
from ledger.tables import answer, appeal, assignment
from ledger.tables import cases as case_table
from workers.pausing import OVER, let_run
from workers.resolve_effects import Effects, NotPossible, load_one, lock_case
from workers.telling import REACHED, choose_first


def ask(effects: Effects, item: Any, word: str) -> None:
    """The resident gets the question, and the clock of a case that is open stands still until the reply."""
    tx, case = effects.tx, lock_case(effects.tx, item.subject)
    told = load_one(tx, answer, item.evidence)
    first = choose_first(case, cases.load_of_case(tx, appeal, [case.id]).get(case.id, []))
    if case.state == "closed" or first is None or first.state not in REACHED:
        raise NotPossible(f"case {case.id} is closed, or nobody is left in it: nobody waits for a reply; decide `done`")
    if not effects.sends(first.system, "ask"):
        raise NotPossible(f"{first.system!r} takes no questions: ask the resident yourself, then decide `done`")
    given = load_one(tx, assignment, told.assignment_id)
    if case.state != "answered":  # whoever answered looks again by its own next word
        _stand_still(effects, case, given)
    effects.deliver(
        first.system, "ask", subject=first.id, cause=told.id, case_id=case.id, addressee=f"{first.id}/ask",
        appeal_id=first.id, assignment_id=given.id, answer_id=told.id, urgency=first.urgency,
    )  # fmt: skip


def _stand_still(effects: Effects, case: Any, given: Any) -> None:
    asking = move(CaseState(case.state), CaseState.asking).value
    effects.change(case_table, case, state=asking, paused_at=case.paused_at or effects.tx.now)
    if given.state not in OVER:
        state = move(AssignmentState(given.state), AssignmentState.asking).value
        effects.change(assignment, given, state=state)


def resume(effects: Effects, item: Any, word: str) -> None:
    """A question was settled by a person: the deadline runs again, unless another recipient has asked too."""
    case, filed = lock_case(effects.tx, item.subject), cases.load_of_case(effects.tx, assignment, [item.subject])
    told = cases.load(effects.tx, answer, [item.evidence]).get(item.evidence)
    asking = [given for given in filed.get(case.id, []) if given.state == AssignmentState.asking]
    for given in asking:
        if told is None or given.id == told.assignment_id:
            effects.change(assignment, given, state=AssignmentState.in_work.value)
    if told is not None and any(given.id != told.assignment_id for given in asking):
        return
    let_run(effects, case)
    if case.state == "asking":
        effects.change(case_table, case, state=CaseState.in_work.value)
