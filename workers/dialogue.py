"""The talk around an answer: questions to the resident, their replies, ratings, moderation and withdrawal."""

from collections.abc import Sequence
from typing import Any

from canonical.answer import Answer, Question, Reply, Satisfaction, StatusChange
from canonical.ids import make_id
from canonical.states import AppealState, AssignmentState, CaseState, ForbiddenMove, move
from ledger import cases, deliveries, desk
from ledger.clock import to_ms
from ledger.documents import Ending
from ledger.rows import insert_new
from ledger.store import Tx
from ledger.tables import answer, appeal, assignment, delivery, obligation, rating
from ledger.tables import cases as case_table
from workers import attaching
from workers.draft import Draft
from workers.pausing import OVER, run_again
from workers.questions import Again, compare, show_left
from workers.resolve_effects import Effects
from workers.resolve_join import DONE, stop_filings
from workers.site import Site
from workers.telling import REACHED, ask, choose_first
from workers.translate import Translated

#: A question may overtake the receipt of its filing, as answers may (promise 8).
PARK_MS = 2000
#: A rating this low proposes reopening.
LOW = 2


class Dialogue:
    def __init__(self, tx: Tx, site: Site, draft: Draft) -> None:
        self.tx, self.site, self.draft = tx, site, draft

    def take(self, items: Sequence[Translated]) -> None:
        steps: dict[type, Any] = {
            Question: self._ask, Reply: self._reply, Satisfaction: self._rate, StatusChange: self._change
        }  # fmt: skip
        # Asked before the look-up: a receipt that is committed between the two is then found by it.
        asking = {item.document.system for item in items if any(isinstance(one, Question) for one in item.readings)}
        in_flight = {system: deliveries.is_in_flight(self.tx, system) for system in sorted(asking)}
        for item in items:
            for number, reading in enumerate(item.readings):
                try:
                    done = steps[type(reading)](item, reading, f"{item.document.id}.{number}")
                except ForbiddenMove as error:
                    self.draft.quarantine(item.document.id, "forbidden_move", str(error))
                    break
                if not done and number == 0 and in_flight.get(item.document.system):
                    self.draft.endings.append(Ending(item.document.id, "parked", due_at=self.tx.now + PARK_MS))
                    break
                if not done:
                    said = f"this {item.document.kind} refers to nothing we know; link it at the desk or replay later"
                    self.draft.quarantine(item.document.id, "unknown_reference", said)
                    break
            else:
                self.draft.end(item.document.id, item.document.kind)

    def _ask(self, item: Translated, question: Question, entry: str) -> bool:
        """A recipient asks: the first resident of the case gets the question, the deadline pauses."""
        system, reference = item.document.system, question.reference
        found = cases.find_filings(
            self.tx, system, [reference.delivery] if reference.delivery else [],
            [reference.number] if reference.number else [],
        )  # fmt: skip
        row = next(iter(found.values()), None)
        if row is None:
            return False
        case = cases.lock(self.tx, [row.home])[row.home]
        first = choose_first(case, cases.load_of_case(self.tx, appeal, [case.id])[case.id])
        words = cases.list_answers(self.tx, [], [row.id])
        how = compare(self.tx, words, item.document, question.text, question.at)
        name = self._keep(item, row.id, case.id, question, entry, "asking")
        if how is Again.shown or first.state not in REACHED:  # the resident has it, or nobody is left to be asked
            return True
        # Whether the resident must still be asked where another filing goes on, or none, a person knows.
        over = row.home != row.case_id or row.state in OVER or case.state in DONE
        if over or how is Again.doubtful:
            reason = "filing_is_over" if over else "asked_again"
            self.draft.ask_person("question", case.id, system, reason, name, case.urgency)
            return True
        asking = move(CaseState(case.state), CaseState.asking)
        state = move(AssignmentState(row.state), AssignmentState.asking)
        self.draft.change(assignment, row.id, state=state.value, changed_at=self.tx.now)
        self.draft.change(case_table, case.id, state=asking.value, paused_at=case.paused_at or self.tx.now)
        ask(self.draft, self.site, case, first, row.id, name)
        return True

    def _keep(self, item: Translated, row: str, case_id: str, said: Question | Reply, entry: str, state: str) -> str:
        name, files = make_id("n"), said.attachments if isinstance(said, Reply) else ()
        content = Answer.model_construct(
            reference=item.readings[0].reference, text=said.text, at=said.at, attachments=files
        )
        self.draft.answers.append({
            "id": name, "assignment_id": row, "case_id": case_id, "document_id": item.document.id, "entry": entry,
            "state": state, "speaks": False, "version": 0, "at": to_ms(said.at), "heard_at": self.tx.now,
            "body": cases.seal_answer(self.tx, name, content),
        })  # fmt: skip
        return name

    def _send(self, system: str, intent: str, row: Any, cause: str, assignment_id: str | None, **waits: Any) -> None:
        self.draft.deliver(
            system, intent, subject=row.id, cause=cause, case_id=row.case_id, addressee=f"{row.id}/{intent}",
            appeal_id=row.id, assignment_id=assignment_id, answer_id=cause, urgency=row.urgency, **waits,
        )  # fmt: skip

    def _find_appeal(self, item: Translated, reading: Any) -> Any:
        """By our delivery id, else by the channel's own id of the appeal."""
        sent = self._find_delivery(item, reading)
        if sent is not None:
            return cases.load(self.tx, appeal, [sent.appeal_id]).get(sent.appeal_id)
        number = reading.reference.number
        found = cases.find_appeals(self.tx, [(item.document.system, number)] if number else [])
        return found.get((item.document.system, number or ""))

    def _find_delivery(self, item: Translated, reading: Any) -> Any:
        name = reading.reference.delivery
        row = cases.load(self.tx, delivery, [name]).get(name) if name else None
        return row if row is not None and row.system == item.document.system else None

    def _reply(self, item: Translated, reply: Reply, entry: str) -> bool:
        """The resident replied: the recipients get it, the clock goes on."""
        row = self._find_appeal(item, reply)
        if row is None:
            return False
        case, system = cases.lock(self.tx, [row.case_id])[row.case_id], item.document.system
        forwards = cases.find_forwards(self.tx, case.id)
        if not forwards:  # who will get the case is not known yet: then they are told by a person, too
            self.draft.ask_person("reply", case.id, "", "nobody_to_tell", item.document.id, case.urgency)
        for recipient, given, forward in forwards:
            name = self._keep(item, given, case.id, reply, f"{entry}/{given}", "reply")
            attaching.attach(self.draft, self.site, reply.attachments, name, system, row.urgency)
            if self.site.sends(recipient, "supplement"):
                waits = attaching.wait(self.draft, self.site, system, "supplement", reply)
                self._send(recipient, "supplement", row, name, given, needs=forward, **waits)
            else:
                self.draft.ask_person("reply", case.id, recipient, "no_way_to_supplement", name, case.urgency)
        for given in cases.load_of_case(self.tx, assignment, [case.id]).get(case.id, []):
            if given.state == AssignmentState.asking:
                self.draft.change(assignment, given.id, state=AssignmentState.in_work.value)
        if case.paused_at:
            self.draft.change(case_table, case.id, state=CaseState.in_work.value)
            for table, changed, values in run_again(self.tx, self.site.policy, case):
                self.draft.change(table, changed.id, **values)
        return True

    def _rate(self, item: Translated, reading: Satisfaction, entry: str) -> bool:
        """Of the answer whose delivery is rated, else of the one that was told last."""
        row, sent = self._find_appeal(item, reading), self._find_delivery(item, reading)
        told = cases.load_of_case(self.tx, answer, [row.case_id]).get(row.case_id, []) if row else []
        spoken = [a for a in told if a.speaks]
        if row is None or not spoken:
            return False
        rated = next((a for a in spoken if sent is not None and a.id == sent.answer_id), spoken[-1])
        name = make_id("r")
        text = self.tx.vault.seal("rating", name, reading.text.encode())
        insert_new(self.tx, rating, [{
            "id": name, "answer_id": rated.id, "appeal_id": row.id, "score": reading.score, "at": self.tx.now,
            "body": text,
        }])  # fmt: skip
        if reading.score <= LOW:
            self.draft.ask_person("low_rating", row.case_id, row.system, "low_rating", rated.id, row.urgency)
        return True

    def _change(self, item: Translated, change: StatusChange, entry: str) -> bool:
        row = self._find_appeal(item, change)
        if row is None:
            return False
        if change.state in ("withdrawn", "declined") and row.state in REACHED:
            self._withdraw(row, change.state)
        self.draft.note(f"appeal.{change.state or 'status'}", row.id, raw=change.raw.code if change.raw else "")
        return True

    def _withdraw(self, row: Any, state: str) -> None:
        """Nothing is owed to a resident who took the appeal back; a case without any other one is closed."""
        self.draft.write()  # this very batch may have asked them
        self.draft.change(appeal, row.id, state=move(AppealState(row.state), AppealState(state)).value)
        for owed in cases.load_of_case(self.tx, obligation, [row.case_id]).get(row.case_id, []):
            if owed.appeal_id == row.id and owed.state == "owed":
                self.draft.change(obligation, owed.id, state="excused", reason=state)
        self.draft.write()  # and whom it asks from now on is another one
        rows = cases.load_of_case(self.tx, appeal, [row.case_id]).get(row.case_id, [])
        left = [one for one in rows if one.state in REACHED]
        if left:
            heir = choose_first(cases.lock(self.tx, [row.case_id])[row.case_id], left)
            deliveries.drop_resident(self.tx, row.case_id, row.id, heir.id, state)
            show_left(self.tx, row.case_id, row.id)
        else:
            self._close(row, state)

    def _close(self, row: Any, state: str) -> None:
        """What has not left is not filed any more, what has is taken back, unless it was answered."""
        case = cases.lock(self.tx, [row.case_id])[row.case_id]
        desk.close(self.tx, [case.id], state, None)
        if case.state != CaseState.answered:
            stop_filings(Effects(self.tx, self.site.sends, row.system), case, f"{state}:{row.id}")
        closed = move(CaseState(case.state), CaseState.closed).value
        self.draft.change(case_table, case.id, state=closed, paused_at=None, changed_at=self.tx.now)
