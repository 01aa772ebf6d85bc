"""One answer fans out to every appeal of its case, each in its own channel."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from canonical.answer import Answer
from ledger import cases
from ledger.store import Tx
from ledger.tables import answer, appeal, assignment
from workers import attaching, privacy
from workers.draft import Draft
from workers.site import Site

#: Residents in these states are told of their case; who took the appeal back, or was forgotten, is not.
REACHED = cases.REACHED
_FINAL = ("answered", "declined")


@dataclass
class Telling:
    """Of one batch; the caller holds the decide lock. `appeals`, `obligations`: rows by case."""

    tx: Tx
    site: Site
    draft: Draft
    appeals: dict[str, list[Any]] = field(default_factory=dict)
    obligations: dict[str, list[Any]] = field(default_factory=dict)

    def list_reached(self, case_id: str) -> list[Any]:
        return [row for row in self.appeals.get(case_id, []) if row.state in REACHED]

    def fan_out(
        self, case: Any, recipient: str, first: str, final: bool, reading: Answer, name: str,
        whole: bool = False, but: Collection[str] = (),
    ) -> None:  # fmt: skip
        """`first`: the appeal that the answered filing was made for. `name`: of the answer. `whole`: its files came
        while it waited for the answers of others, and nobody would say so again. `but`: who has it."""
        residents = self.list_reached(case.id)
        owed = {o.appeal_id: o for o in self.obligations.get(case.id, [])}
        leaks = privacy.find_leaks(self.tx, reading, residents)
        residents = [row for row in residents if row.id not in but]
        crowd = len(residents) > self.site.policy.routes.confirm_above
        for row in residents:
            reason = "names_another_resident" if row.id in leaks else "confirm_fan_out" if crowd else None
            # A postponement is told, but the answer is still owed.
            due = owed.get(row.id) if final else None
            # A file was written for whom the filing was made; the others get it when a person says so.
            named = reading if row.id == first and not whole else None
            self._answer(case, recipient, row, due, name, reason, named)
        if crowd:
            self.draft.ask_person("fan_out", name, recipient, "confirm_fan_out", str(len(residents)), case.urgency)

    def _answer(
        self, case: Any, recipient: str, row: Any, owed: Any, name: str, reason: str | None, named: Answer | None
    ) -> None:
        if not self.site.sends(row.system, "answer"):
            reason = "no_way_back"
        made = self.draft.deliver(
            row.system, "answer", subject=row.id, cause=name, case_id=case.id, addressee=row.id, appeal_id=row.id,
            answer_id=name, obligation_id=owed.id if owed else None, urgency=row.urgency,
            **{"state": "held" if reason else "waiting", "reason": reason}
            | ({} if reason else attaching.wait(self.draft, self.site, recipient, "answer", named)),
        )  # fmt: skip
        if reason and reason != "confirm_fan_out":
            self.draft.ask_person("delivery", made, row.system, reason, urgency=row.urgency)
        if owed:
            self.draft.change(appeal, row.id, state="answered")

    def tell_status(self, case: Any, name: str) -> None:
        for row in self.list_reached(case.id):
            if self.site.sends(row.system, "status"):
                self.draft.deliver(
                    row.system, "status", subject=row.id, cause=name, case_id=case.id,
                    addressee=f"{row.id}/status", appeal_id=row.id, answer_id=name, urgency=row.urgency,
                )  # fmt: skip


def choose_first(case: Any, appeals: Sequence[Any]) -> Any:
    """Who speaks for the case: the resident that it began with, or the next one when that one went."""
    reached = [row for row in appeals if row.state in REACHED] or [row for row in appeals if row.id == case.appeal_id]
    return next((row for row in reached if row.id == case.appeal_id), next(iter(reached), None))


def ask(draft: Draft, site: Site, case: Any, first: Any, assignment_id: str, name: str) -> None:
    """`first`: the resident who gets the question; `name`: of the recipient's word that asks it."""
    if site.sends(first.system, "ask"):
        draft.deliver(
            first.system, "ask", subject=first.id, cause=name, case_id=case.id, addressee=f"{first.id}/ask",
            appeal_id=first.id, assignment_id=assignment_id, answer_id=name, urgency=first.urgency,
        )  # fmt: skip
    else:
        draft.ask_person("question", case.id, first.system, "no_way_to_ask", name, case.urgency)


def find_last(words: Sequence[Any]) -> Any:
    """Of what one filing said: the newest that counts, told or still to be told; None before there is any. What was
    stale or said once more has no version."""
    counted = [word for word in words if word.version and (word.speaks or word.state in _FINAL)]
    return max(counted, key=lambda word: (word.version, word.speaks), default=None)


def list_untold(states: Mapping[str, str], words: Sequence[Any]) -> list[Any]:
    """Final answers that waited until all recipients of the case had answered. `states`: of its assignments, by id;
    `words`: all that was said to it."""
    return [last for last in _list_final(states, words) if not last.speaks]


def list_standing(states: Mapping[str, str], words: Sequence[Any]) -> list[Any]:
    """Of those of the others: what was told before one of them looked again. It stands, and who came meanwhile has not
    heard it."""
    return [last for last in _list_final(states, words) if last.speaks and not last.stopped]


def _list_final(states: Mapping[str, str], words: Sequence[Any]) -> list[Any]:
    lasts = [find_last([word for word in words if word.assignment_id == name]) for name in states]
    return [last for last in lasts if last is not None and states[last.assignment_id] in _FINAL]


def list_current(tx: Tx, case: Any) -> list[Any]:
    """What residents of an answered case know: its last answer, or the last of each recipient where all must answer,
    the lead's at the end. Also one that a person has halted: who comes meanwhile waits with the others."""
    told = [word for word in cases.load_of_case(tx, answer, [case.id]).get(case.id, []) if word.speaks]
    if case.answered_by != "all":
        return told[-1:]
    leads = {given.id for given in cases.load_of_case(tx, assignment, [case.id]).get(case.id, []) if given.lead}
    lasts = {word.assignment_id: word for word in told}.values()
    return sorted(lasts, key=lambda word: (word.assignment_id in leads, word.id))
