"""Who joins a case later: its recipients are told of them, and they of the answer that is there."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from canonical.appeal import Appeal
from ledger import cases
from ledger.store import Tx
from ledger.tables import appeal, desk
from ledger.tables import cases as case_table
from workers import attaching, privacy
from workers.draft import Draft, rank
from workers.informing import Filed, tell_of_resident
from workers.site import Site
from workers.telling import list_current
from workers.think import Thought
from workers.untold import is_news, leave_untold


class Newcomers:
    """Of one batch, which may have opened and reopened cases itself."""

    def __init__(self, tx: Tx, site: Site, draft: Draft) -> None:
        self.tx, self.site, self.draft = tx, site, draft
        self.opened: dict[str, dict[str, Any]] = {}
        self.reopened: set[str] = set()

    def welcome(self, thought: Thought, system: str, case_id: str, obligation_id: str) -> None:
        """The recipient is told of one more resident; an answer that was given already is given to them too."""
        name, urgency = thought.appeal_id, rank(thought.appeal.urgency)
        forwards = self.find_forwards(case_id)
        for recipient, (assignment_id, forward) in forwards.items():
            if self.site.sends(recipient, "join"):
                filed = Filed(case_id, recipient, assignment_id, forward)
                waits = attaching.wait(self.draft, self.site, system, "join", thought.appeal)
                tell_of_resident(self.draft, filed, name, urgency, **waits)
            else:
                news = is_news(self._open_first(case_id), thought.appeal)
                leave_untold(self.draft, recipient, "join", case_id, name, urgency, news)
        for told in self.list_answers(case_id):
            reason = self._find_objection(thought, system, case_id, told)
            made = self.draft.deliver(
                system, "answer", subject=name, cause=told.id, case_id=case_id, addressee=name, appeal_id=name,
                answer_id=told.id, obligation_id=obligation_id, urgency=urgency,
                state="held" if reason else "waiting", reason=reason,
            )  # fmt: skip
            if reason:
                self.draft.ask_person("delivery", made, system, reason, urgency=urgency)

    def _open_first(self, case_id: str) -> Appeal:
        """What the recipients of a case work by."""
        if case_id in self.opened:
            name = self.opened[case_id]["appeal_id"]
            return cases.open_appeal(self.tx, SimpleNamespace(**next(r for r in self.draft.appeals if r["id"] == name)))
        row = cases.load(self.tx, case_table, [case_id])[case_id]
        return cases.open_appeal(self.tx, cases.load(self.tx, appeal, [row.appeal_id])[row.appeal_id])

    def _find_objection(self, thought: Thought, system: str, case_id: str, told: Any) -> str | None:
        """Why a person must look before the newcomer gets the answer that the others have."""
        if not self.site.sends(system, "answer"):
            return "no_way_back"
        content = cases.open_answer(self.tx, told)
        others = cases.load_of_case(self.tx, appeal, [case_id]).get(case_id, [])
        if privacy.names_another(self.tx, content, others, thought.appeal.applicant):
            return "names_another_resident"
        waiting = desk.c.subject == told.id, desk.c.kind == "fan_out", desk.c.open.is_(True)
        return "confirm_fan_out" if self.tx.run(select(desk.c.id).where(*waiting).limit(1)).first() else None

    def find_forwards(self, case_id: str) -> dict[str, tuple[str | None, str]]:
        """By recipient: its assignment, and the delivery that files it."""
        if case_id in self.opened:
            rows = [(r["system"], r["assignment_id"], r["id"]) for r in self.draft.deliveries
                    if r["case_id"] == case_id and r["intent"] == "forward"]  # fmt: skip
        else:
            rows = [tuple(row) for row in cases.find_forwards(self.tx, case_id)]
        return {system: (assignment_id, name) for system, assignment_id, name in rows}

    def list_answers(self, case_id: str) -> list[Any]:
        """What was told in a case that is answered and was not reopened since."""
        row = self.find_over(case_id)
        return list_current(self.tx, row) if row is not None else []

    def find_over(self, case_id: str) -> Any:
        """The case, when it was answered or closed and this batch has not reopened it; else None."""
        if case_id in self.opened or case_id in self.reopened:
            return None
        row = cases.lock(self.tx, [case_id]).get(case_id)
        return row if row is not None and row.state in ("answered", "closed") else None
