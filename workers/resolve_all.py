"""All recipients of a case must answer, and a person ends the last filing that the others' answers waited for."""

from typing import Any

from canonical.states import CaseState, move
from ledger import cases
from ledger.tables import answer, appeal, assignment
from ledger.tables import cases as case_table
from workers.resolve_effects import Effects
from workers.resolve_late import tell_all
from workers.telling import REACHED, list_untold

_OVER = ("answered", "declined", "withdrawn", "redirected")


def tell_waiting(effects: Effects, case: Any) -> None:
    """Tells what the recipients have answered, the lead's last; nothing while one of them has not."""
    tx = effects.tx
    filed = {given.id: given for given in cases.load_of_case(tx, assignment, [case.id]).get(case.id, [])}
    if case.answered_by != "all" or any(given.state not in _OVER for given in filed.values()):
        return
    words = cases.list_answers(tx, [case.id], filed)
    untold = list_untold({name: given.state for name, given in filed.items()}, words)
    if not untold:
        return
    if case.state != "answered":
        effects.change(case_table, case, state=move(CaseState(case.state), CaseState.answered).value)
    residents = [row for row in cases.load_of_case(tx, appeal, [case.id]).get(case.id, []) if row.state in REACHED]
    for word in sorted(untold, key=lambda one: (bool(filed[one.assignment_id].lead), str(one.id))):
        effects.change(answer, word, speaks=True)
        tell_all(effects, case, word, residents)
