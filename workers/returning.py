"""A resident who had the answer writes again of the same problem: it was not settled, whatever the answer said."""

from typing import Any

from canonical.appeal import Appeal
from canonical.reading import PROBLEM, QUESTION, THANKS, read_text
from canonical.states import AssignmentState, CaseState, move
from ledger import cases
from ledger.tables import assignment
from ledger.tables import cases as case_table
from workers.draft import Draft
from workers.site import Site

#: What was written within this time of the answer may have crossed it on the way.
CROSSED_MS = 3_600_000


def comes_back(content: Appeal, told: Any) -> bool:
    """`told`: the answer of its case. Thanks for it are no complaint."""
    late = content.created_at.timestamp() * 1000 > int(told.heard_at) + CROSSED_MS
    return late and not _is_thanks(content.text)


def _is_thanks(text: str) -> bool:
    kinds = {part.kind for part in read_text(text).parts}
    return THANKS in kinds and not kinds & {PROBLEM, QUESTION}


def reopen(draft: Draft, site: Site, case: Any, told: Any) -> bool:
    """The case is open again and its recipient looks again. False when the recipient takes no answer back: it then gets
    a filing of its own. Counted either way."""
    tx = draft.tx
    draft.change(case_table, case.id, reopened=case.reopened + 1)
    given = cases.load(tx, assignment, [told.assignment_id])[told.assignment_id]
    # What a person took back there, or what was joined away, is over: its answer counted, it does not go on.
    if given.state == AssignmentState.withdrawn or not site.sends(given.recipient, "return"):
        draft.note("case.came_back", case.id, answer=told.id)
        return False
    state = move(CaseState(case.state), CaseState.in_work).value
    draft.change(case_table, case.id, state=state, changed_at=tx.now)
    again = move(AssignmentState(given.state), AssignmentState.in_work).value
    draft.change(assignment, given.id, state=again, changed_at=tx.now)
    cases.owe_again(tx, [case.id])
    draft.deliver(
        given.recipient, "return", subject=given.id, cause=told.id, case_id=case.id, appeal_id=case.appeal_id,
        assignment_id=given.id, answer_id=told.id, urgency=case.urgency,
    )  # fmt: skip
    draft.note("case.reopened", case.id, answer=told.id, how="came_back")
    return True
