"""How a case follows its parts: what an assignment's new state makes of its case, and when an answer answers it."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

from canonical.states import AssignmentState, CaseState, move
from ledger.store import Tx
from ledger.tables import cases as case_table
from workers.draft import Draft
from workers.filing import FINAL, Filing
from workers.pausing import run_again
from workers.site import Site

A, C = AssignmentState, CaseState
#: What an assignment's new state makes of its case.
CASE_OF = {
    A.registered: C.routed, A.in_work: C.in_work, A.asking: C.asking, A.postponed: C.postponed,
    A.answered: C.answered, A.declined: C.answered, A.redirected: C.triage,
}  # fmt: skip
#: Where all recipients must answer, nobody waits for these any more: who sent the case on has a successor, or a person
#: looks for one.
GIVEN_BACK = {A.withdrawn, A.redirected}
OVER = FINAL | GIVEN_BACK


class Progress:
    """Of the cases of one batch; also when a word before this one of the same batch moved them."""

    def __init__(self, tx: Tx, site: Site, draft: Draft) -> None:
        self.tx, self.site, self.draft = tx, site, draft
        self.states: dict[str, CaseState] = {}  # of cases that this batch moved
        self.paused: dict[str, int | None] = {}  # since when the clock of a case stands, where this batch moved it
        self.assignments: Mapping[str, Sequence[Any]] = {}
        self.filings: Mapping[str, Filing] = {}

    def watch(self, assignments: Mapping[str, Sequence[Any]], filings: Mapping[str, Filing]) -> None:
        """By case, and by assignment what this batch has made of it."""
        self.assignments, self.filings = assignments, filings

    def find_state(self, case: Any) -> CaseState:
        return self.states.get(case.id, C(case.state))

    def find_part(self, given: Any) -> AssignmentState:
        return self.filings[given.id].state if given.id in self.filings else A(given.state)

    def reopens(self, case: Any, filing: Filing, before: AssignmentState) -> bool:
        """Whether a case that was answered is not any more: where one leads, the words of the others change nothing."""
        if before not in FINAL or filing.state in FINAL:
            return False
        over = self.find_state(case) in (C.answered, C.closed)
        return over if case.answered_by == "all" else bool(filing.row.lead)

    def find_target(
        self, case: Any, filing: Filing, before: AssignmentState, speaks: bool, reopened: bool
    ) -> CaseState | None:
        """What this word makes of the case; None: nothing."""
        if filing.state in FINAL and speaks:
            return C.answered
        # One who does not lead stopped the clock with a question too, and goes on without the reply.
        stopped = before is A.asking and not filing.row.lead and self.find_state(case) is C.asking
        if stopped and not self._is_asked(case):
            return C.in_work
        if not (filing.row.lead or reopened):
            return None
        if filing.state is A.withdrawn:
            return None if case.answered_by == "all" else C.triage
        # An answer that waits for those of others: until then there is work on the case.
        return C.in_work if filing.state in FINAL else CASE_OF.get(filing.state)

    def move_case(self, case: Any, target: CaseState | None, reopened: bool) -> None:
        if target is None:
            return
        now = self.find_state(case)
        if target is C.routed and now is not C.triage:
            target = now
        self.states[case.id] = target
        values: dict[str, Any] = {"state": move(now, target).value, "changed_at": self.tx.now}
        if reopened:
            values["reopened"] = case.reopened + 1
        paused = self.paused.get(case.id, case.paused_at)
        if target is not C.asking and paused not in (None, self.tx.now):
            self._run_again(case)
        self.paused[case.id] = values["paused_at"] = (paused or self.tx.now) if target is C.asking else None
        self.draft.change(case_table, case.id, **values)

    def may_speak(self, case: Any, filing: Filing, final: bool, fresh: Container[str]) -> bool:
        """Whether this answer answers the case: the lead's does, or the last one where all must. What settles nothing
        waits for nobody. `fresh`: cases that this batch handed to somebody who has not answered yet."""
        if case.answered_by != "all":
            return bool(filing.row.lead)
        if not final:
            return True
        if case.id in fresh:
            return False
        return all(self.find_part(given) in OVER for given in self.assignments[case.id])

    def _is_asked(self, case: Any) -> bool:
        return any(self.find_part(given) is A.asking for given in self.assignments.get(case.id, ()))

    def _run_again(self, case: Any) -> None:
        """The recipient goes on without the reply it had asked for."""
        for table, row, values in run_again(self.tx, self.site.policy, case):
            self.draft.change(table, row.id, **values)
