"""All recipients of a case must answer, and a person ends the last filing that the others' answers waited for."""

from typing import Any

from sqlalchemy import select

from canonical.states import CaseState, move
from ledger import cases, deliveries
from ledger.tables import answer, appeal, assignment, delivery, obligation
from ledger.tables import cases as case_table
from workers.pausing import let_run
from workers.resolve_effects import Effects
from workers.resolve_late import tell_all
from workers.telling import REACHED, list_standing, list_untold

_OVER = ("answered", "declined", "withdrawn", "redirected")


def tell_waiting(effects: Effects, case: Any) -> None:
    """Tells what the recipients have answered, the lead's last; nothing while one of them has not. What was told before
    the ended filing was looked at again stands: only who came meanwhile has not heard it."""
    tx = effects.tx
    filed = {given.id: given for given in cases.load_of_case(tx, assignment, [case.id]).get(case.id, [])}
    if case.answered_by != "all" or any(given.state not in _OVER for given in filed.values()):
        return
    words = cases.list_answers(tx, [case.id], filed)
    states = {name: given.state for name, given in filed.items()}
    untold = list_untold(states, words)
    standing = list_standing(states, words) if case.state != "answered" else []
    if not untold + standing:
        return
    if case.state != "answered":
        effects.change(case_table, case, state=move(CaseState(case.state), CaseState.answered).value)
        let_run(effects, case)
    residents = [row for row in cases.load_of_case(tx, appeal, [case.id]).get(case.id, []) if row.state in REACHED]
    had = deliveries.find_addressees(tx, [word.id for word in standing])
    for word in sorted(untold + standing, key=lambda one: (bool(filed[one.assignment_id].lead), str(one.id))):
        effects.change(answer, word, speaks=True)
        tell_all(effects, case, word, residents, had.get(word.id, ()))
    if not untold:
        _meet_again(effects, case, [word.id for word in standing])


def _meet_again(effects: Effects, case: Any, standing: list[str]) -> None:
    """No newer answer comes: what the residents have, or have on its way, is what they are owed."""
    given = delivery.c.intent == "answer", delivery.c.answer_id.in_(standing), delivery.c.state != "cancelled"
    rows = effects.tx.run(select(delivery).where(*given).order_by(delivery.c.id)).all()
    for debt in cases.load_of_case(effects.tx, obligation, [case.id]).get(case.id, []):
        mine = [row for row in rows if row.appeal_id == debt.appeal_id]
        there = next((row for row in mine if row.state == "delivered"), None)
        if debt.state == "owed" and there is not None:
            effects.change(obligation, debt, state="met", delivery_id=there.id, met_at=there.done_at)
        elif debt.state == "owed":
            for row in mine:
                effects.change(delivery, row, obligation_id=debt.id)
