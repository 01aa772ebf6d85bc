"""«Not ours»: the case goes on to whom the recipient names, else to whom the rules name next; each has it once.

A person decides when nobody is left, when somebody would get it back (A → B → A), and when the term is over in which a
case may be sent on (59-ФЗ, article 8: seven days from its registration; deadlines.yaml: `redirect`).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from canonical.answer import Answer
from canonical.appeal import Appeal
from canonical.ids import make_id
from canonical.states import AssignmentState, CaseState, move
from ledger import cases
from ledger.clock import to_ms
from ledger.store import Tx
from ledger.tables import answer, appeal, assignment
from ledger.tables import cases as case_table
from router.matchers import fold_place
from workers.draft import Draft
from workers.informing import Filed, catch_up, tell_of_residents
from workers.site import Site
from workers.telling import REACHED, choose_first

A, C = AssignmentState, CaseState
#: The rule of a case that was sent on.
RULE = "redirected"


@dataclass(frozen=True, slots=True)
class Verdict:
    """target: who gets it; None: a person decides, for this reason."""

    target: str | None
    reason: str = RULE
    by: str = ""  # the recipient's word, or the rule


class Redirects:
    """Of one batch; the caller holds the decide lock and has locked the cases."""

    def __init__(self, tx: Tx, site: Site, draft: Draft) -> None:
        self.tx, self.site, self.draft = tx, site, draft
        self.fresh: dict[str, list[str]] = {}  # whom this very batch gave a case to

    def send_on(self, case: Any, given: Any, reading: Answer, known: Sequence[Any]) -> None:
        """`given`: the assignment that ends so; `known`: all of the case."""
        had = [one.recipient for one in sorted(known, key=lambda one: one.id)] + self.fresh.get(case.id, [])
        residents = cases.load_of_case(self.tx, appeal, [case.id])[case.id]
        first = choose_first(case, residents)
        back = {given.recipient, *(one.recipient for one in known if one.state == A.redirected)}
        verdict = self._judge(first, reading, had, back)
        if verdict.target is not None and self._is_complained_of(verdict.target, residents):
            verdict = Verdict(None, "complained_of")
        if verdict.target is None:
            said = " → ".join([*had, *([reading.redirected_to] if reading.redirected_to else [])])
            self.draft.ask_person("triage", case.id, given.recipient, verdict.reason, said, case.urgency)
            return
        self.fresh.setdefault(case.id, []).append(verdict.target)
        self._file(case, given, verdict.target, first)
        told = {"from": given.recipient, "to": verdict.target, "by": verdict.by}
        self.draft.note("case.redirected", case.id, **told)

    def take_up(self, case: Any, given: Any) -> None:
        """Who gave the case back goes on with it after all: it is told of whoever joined meanwhile. What it was told
        before has an identity, and is not told again."""
        self.draft.write()  # the filing is its own again
        residents = cases.load_of_case(self.tx, appeal, [case.id]).get(case.id, [])
        about = [row for row in residents if self._is_complained_of(given.recipient, [row])]
        first = next((row for row in residents if row.id == given.first), choose_first(case, residents))
        for recipient, name, forward in cases.find_forwards(self.tx, case.id):
            if name == given.id:
                rows, filed = [row for row in residents if row not in about], Filed(case.id, recipient, name, forward)
                tell_of_residents(self.draft, self.site.sends, filed, first, rows)
                for row in about:
                    self.draft.ask_once("reply", case.id, recipient, "complains_of_recipient", row.id, row.urgency)

    def _is_complained_of(self, target: str, residents: Sequence[Any]) -> bool:
        policy, here = self.site.policy, (row for row in residents if row.state in REACHED)
        return target in policy.routes.bodies and any(
            target in policy.list_complained_of(cases.open_appeal(self.tx, row), row.system) for row in here
        )

    def _judge(self, first: Any, reading: Answer, had: Sequence[str], back: Collection[str]) -> Verdict:
        """`back`: who of them has sent it back."""
        content, arrived = cases.open_appeal(self.tx, first), datetime.fromtimestamp(first.received_at / 1000, UTC)
        term = to_ms(self.site.policy.due(content, arrived, first.system, step="redirect"))
        if term is not None and self.tx.now > term:
            return Verdict(None, "redirect_late")
        named = self._find_named(reading.redirected_to)
        if named in back:
            return Verdict(None, "redirect_loop")
        if named is not None and named not in had:
            return Verdict(named, by="recipient")
        if reading.redirected_to:  # somebody who has it too, or whom this configuration does not know
            return Verdict(None)
        return self._ask_rules(content, first.system, had)

    def _find_named(self, word: str | None) -> str | None:
        """By its name or title; only who takes filings."""
        wanted = fold_place(word or "")
        for name, system in self.site.systems.items():
            if wanted in (fold_place(name), fold_place(system.mapping.title)) and self.site.sends(name, "forward"):
                return name
        return None

    def _ask_rules(self, content: Appeal, system: str, had: Sequence[str]) -> Verdict:
        policy = self.site.policy
        route = policy.routes.choose(policy.make_facts(content, system), without=had)
        return Verdict(route.lead, by=route.rule) if route.lead else Verdict(None)

    def _file(self, case: Any, given: Any, target: str, first: Any) -> None:
        name = make_id("g")
        self.draft.assignments.append({
            "id": name, "case_id": case.id, "recipient": target, "state": "planned", "lead": given.lead,
            "changed_at": self.tx.now, "due_at": case.due_at,
        })  # fmt: skip
        self.draft.change(assignment, given.id, lead=False)
        # The case waited for a recipient for no longer than this moment; one of several does not move it, whatever the
        # others have made of it in this batch.
        moved = {"state": move(C.triage, C.routed).value} if given.lead else {}
        self.draft.change(case_table, case.id, **moved, rule=RULE, changed_at=self.tx.now)
        forward = self.draft.deliver(
            target, "forward", subject=name, cause=case.id, case_id=case.id, appeal_id=first.id,
            assignment_id=name, urgency=case.urgency,
        )  # fmt: skip
        catch_up(self.draft, self.site.sends, Filed(case.id, target, name, forward), first)


#: An assignment that ended so, and what its recipient said.
Return = tuple[Any, Answer]


def load_returns(tx: Tx, rows: Iterable[Any]) -> dict[str, list[Return]]:
    """Of the cases among these rows that were sent on, the oldest first."""
    on = [row.id for row in rows if row.rule == RULE]
    given = [
        one for each in cases.load_of_case(tx, assignment, on).values() for one in each if one.state == A.redirected
    ]
    said = {row.assignment_id: row for each in cases.load_of_case(tx, answer, on).values() for row in each
            if row.state == A.redirected}  # fmt: skip
    found: dict[str, list[Return]] = {}
    for one in sorted(given, key=lambda row: row.changed_at):
        if one.id in said:
            found.setdefault(one.case_id, []).append((one, cases.open_answer(tx, said[one.id])))
    return found


def tell_history(site: Site, returns: Iterable[Return]) -> str:
    """For the next recipient: who had it, under which number, and what they said. Empty when nobody had."""
    lines = []
    for given, said in returns:
        known = site.systems.get(given.recipient)
        number = f", № {given.number}" if given.number else ""
        told = f": «{said.text}»" if said.text else ""
        lines.append(f"{known.mapping.title if known else given.recipient}{number} — не в их ведении{told}")
    return "\n".join(lines)
