"""What recipients say: assignments move, cases follow, every resident is answered in their own channel."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from canonical.answer import Answer
from canonical.ids import make_id
from canonical.states import AssignmentState, CaseState, ForbiddenMove, move
from ledger import cases, deliveries, desk, files
from ledger.clock import to_ms
from ledger.documents import Ending
from ledger.store import Tx
from ledger.tables import answer, appeal, assignment, obligation
from workers import attaching, late
from workers.draft import Draft
from workers.filing import FINAL, Filing, is_stale, load_filings, says_the_same
from workers.progress import GIVEN_BACK, Progress
from workers.proof import settle_doubts
from workers.questions import Again, compare
from workers.redirects import Redirects
from workers.site import Site
from workers.telling import Telling, ask, choose_first, list_standing, list_untold
from workers.translate import Translated

A, C = AssignmentState, CaseState
PARK_MS = 2000


class Hearing:
    """Decides the answers of one batch; the caller holds the decide lock."""

    def __init__(self, tx: Tx, site: Site, draft: Draft) -> None:
        self.tx, self.site, self.draft = tx, site, draft
        self.in_flight: dict[str, bool] = {}
        self.spoken: set[str] = set()  # cases that are answered by this batch
        self.progress = Progress(tx, site, draft)
        self.redirects = Redirects(tx, site, draft)
        self.telling = Telling(tx, site, draft)

    def hear(self, items: Sequence[Translated]) -> None:
        found = self._find(items)
        self._load(found.values())
        for item in items:
            self._hear_document(item, found)

    def _find(self, items: Sequence[Translated]) -> dict[tuple[str, str], Any]:
        found: dict[tuple[str, str], Any] = {}
        for system in sorted({item.document.system for item in items}):
            # Asked before the look-up: a receipt that is committed between the two is then found by it.
            self.in_flight[system] = deliveries.is_in_flight(self.tx, system)
            references = [r.reference for i in items if i.document.system == system for r in i.readings]
            known = cases.find_filings(
                self.tx, system,
                [r.delivery for r in references if r.delivery], [r.number for r in references if r.number],
            )  # fmt: skip
            found |= {(system, key): row for key, row in known.items()}
        return found

    def _load(self, rows: Any) -> None:
        doubted = [row.filed_by for row in rows if getattr(row, "filing", None) in ("unknown", "held", "waiting")]
        rows = {row.id: row for row in rows}
        ids = {name for row in rows.values() for name in (row.case_id, row.home)}
        self.cases = cases.lock(self.tx, ids)
        if doubted:
            settle_doubts(self.tx, doubted)
        self.words = cases.list_answers(self.tx, ids, rows)
        self.telling.appeals = cases.load_of_case(self.tx, appeal, ids)
        self.telling.obligations = cases.load_of_case(self.tx, obligation, ids)
        self.assignments = cases.load_of_case(self.tx, assignment, ids)
        self.filings = load_filings(self.tx, rows.values(), self.words, self.cases, self.assignments)
        self.progress.watch(self.assignments, self.filings)

    def _hear_document(self, item: Translated, found: dict[tuple[str, str], Any]) -> None:
        document, ending, case_id = item.document, "heard", None
        for number, reading in enumerate(item.readings):
            row = found.get((document.system, f"delivery:{reading.reference.delivery}")) or found.get(
                (document.system, f"number:{reading.reference.number}")
            )
            if row is None:
                return self._unknown_reference(item)
            case_id, filing, before = row.home, self.filings[row.id], self.filings[row.id].state
            try:
                ending = self._hear(item, filing, reading, reading.entry or f"{document.id}.{number}")
            except ForbiddenMove as error:
                filing.state = before
                return self.draft.quarantine(document.id, "forbidden_move", str(error))
            if ending == "unknown_code":
                said = "the status word is in no table; add it to the mapping and replay"
                return self.draft.quarantine(document.id, "unknown_code", said)
        return self.draft.end(document.id, ending, case_id)

    def _unknown_reference(self, item: Translated) -> None:
        """Answers may overtake receipts (promise 8)."""
        document = item.document
        if self.in_flight[document.system]:
            self.draft.endings.append(Ending(document.id, "parked", due_at=self.tx.now + PARK_MS))
        else:
            said = "the answer names no filing of ours; link it at the desk or ask the sender for the right number"
            self.draft.quarantine(document.id, "unknown_reference", said)

    def _hear(self, item: Translated, filing: Filing, reading: Answer, entry: str) -> str:
        if entry in filing.heard:
            return "repeated"
        if reading.state is None:
            return "unknown_code"
        if is_stale(filing, reading, item.document.id, len(item.readings) == 1):
            self._keep_stale(item, filing, reading, entry)
            return "stale"
        if reading.state is A.asking and not self._asks_anew(item, filing, reading, entry):
            return "repeated"
        if filing.last and says_the_same(filing.last, reading) and filing.state is reading.moves_to:
            self._keep(item, filing, reading, entry, counts=False)
            return "repeated"
        over = self.progress.find_state(self.cases[filing.row.home]) is C.closed
        if over or filing.state is A.withdrawn or filing.row.home != filing.row.case_id:
            return self._apply_late(item, filing, reading, entry)
        return self._apply(item, filing, reading, entry)

    def _asks_anew(self, item: Translated, filing: Filing, reading: Answer, entry: str) -> bool:
        """Otherwise their document changed and not their question; where that is doubtful a person decides."""
        words = [word for word in self.words if word.assignment_id == filing.row.id]
        how = compare(self.tx, words, item.document, reading.text, reading.at, reading.entry)
        if how is not Again.anew:
            name = self._keep(item, filing, reading, entry, counts=False)
            if how is Again.doubtful:
                case = self.cases[filing.row.home]
                self.draft.ask_person("question", case.id, filing.row.recipient, "asked_again", name, case.urgency)
        return how is Again.anew

    def _keep_stale(self, item: Translated, filing: Filing, reading: Answer, entry: str) -> None:
        """An older answer that nobody has read may be a correction with a wrong date: a person sees."""
        name, case = self._keep(item, filing, reading, entry, counts=False), self.cases[filing.row.home]
        news = filing.last is not None and reading.moves_to in FINAL and not says_the_same(filing.last, reading)
        speaks = filing.row.lead or case.answered_by == "all"
        if news and speaks and self.telling.list_reached(case.id):
            self.draft.ask_person("late_answer", name, filing.row.recipient, "older_answer", urgency=case.urgency)

    def _apply_late(self, item: Translated, filing: Filing, reading: Answer, entry: str) -> str:
        """Its case went on in another one, was closed or taken back: of its words only an answer still matters,
        and only while somebody would hear it."""
        assert reading.moves_to is not None  # noqa: S101  (the caller saw it)
        case, taken_back = self.cases[filing.row.home], filing.state is A.withdrawn
        if not taken_back:
            filing.state = move(filing.state, reading.moves_to)
        final = reading.moves_to in FINAL
        over = self.progress.find_state(case) in (C.answered, C.closed)
        speakers = late.find_speakers(case, self.assignments.get(case.id, ()))
        objection = late.find_objection(filing.row.recipient, reading, taken_back, over, speakers)
        speaks = final and objection is None
        name = self._keep(item, filing, reading, entry, counts=speaks, speaks=speaks)
        self._note_word(filing, reading)
        if speaks:
            self.progress.move_case(case, C.answered, reopened=False)
            self._speak(case, filing, reading, name)
        elif final and objection is not late.EXPECTED and self.telling.list_reached(case.id):
            self.draft.ask_person("late_answer", name, filing.row.recipient, str(objection), urgency=case.urgency)
        elif self._asks(filing, reading) and self.telling.list_reached(case.id):
            self.draft.ask_person("question", case.id, filing.row.recipient, "filing_is_over", name, case.urgency)
        return "answered" if speaks else "moved"

    def _apply(self, item: Translated, filing: Filing, reading: Answer, entry: str) -> str:
        assert reading.moves_to is not None  # noqa: S101  (the caller saw it)
        before = filing.state
        filing.state = move(before, reading.moves_to)
        row, case = filing.row, self.cases[filing.row.case_id]
        final = filing.state in FINAL
        counts = final or reading.is_told
        speaks = counts and self.progress.may_speak(case, filing, final, self.redirects.fresh)
        reopened = self.progress.reopens(case, filing, before)
        self.progress.move_case(case, self.progress.find_target(case, filing, before, speaks, reopened), reopened)
        name = self._keep(item, filing, reading, entry, counts, speaks)
        self._note_word(filing, reading)
        if reopened:
            self.draft.write()  # the answer before it may be of this very document
            cases.owe_again(self.tx, [case.id])
            self.draft.note("case.reopened", case.id, assignment=row.id)
        if speaks:
            self._speak(case, filing, reading, name)
            self._settle_triage(case, row)
        elif self._asks(filing, reading):
            first = choose_first(case, self.telling.appeals.get(case.id, []))
            ask(self.draft, self.site, case, first, row.id, name)
        elif not final:
            self.telling.tell_status(case, name)
        if filing.state in GIVEN_BACK:
            deliveries.drop_news(self.tx, case.id, row.id)
        elif before in GIVEN_BACK:
            deliveries.revive_news(self.tx, case.id, row.id)
            if not final:
                self.redirects.take_up(case, row)
        if filing.state is A.redirected:
            self.redirects.send_on(case, row, reading, self.assignments.get(case.id, ()))
            if row.lead and case.id in self.redirects.fresh:
                self.progress.states[case.id] = C.routed
        elif filing.state is A.withdrawn and (row.lead or case.answered_by == "all"):
            # Nobody else would notice: the residents wait for an answer that does not come from there.
            self.draft.ask_person("triage", case.id, row.recipient, "withdrawn_there", urgency=case.urgency)
        return "answered" if speaks else "moved"

    def _settle_triage(self, case: Any, row: Any) -> None:
        """Who had given the case back has answered it after all: nobody looks for another any more."""
        back = any(word.state == A.redirected.value and word.assignment_id == row.id for word in self.words)
        if back and self.progress.find_state(case) is C.answered:
            self.draft.write()  # a person may have been asked by this very batch
            desk.close(self.tx, [case.id], "answered", None, kind="triage", system=row.recipient)

    def _asks(self, filing: Filing, reading: Answer) -> bool:
        """Whether it asks by this word, and by no document of its own."""
        asks = reading.state is A.asking and bool(reading.text)
        return asks and not self.site.reads(filing.row.recipient, "question")

    def _speak(self, case: Any, filing: Filing, reading: Answer, name: str) -> None:
        """With it go the answers that waited for this one, where all recipients must answer: the lead's last."""
        row, final, before = filing.row, filing.state in FINAL, case.id in self.spoken
        self.spoken |= {case.id} if final else set()
        said, had = [(bool(row.lead), name, row.recipient, reading)], {}
        if final and case.answered_by == "all":
            filed = {given.id: given for given in self.assignments.get(case.id, ())}
            states = {given: self.progress.find_part(one).value for given, one in filed.items()}
            untold = [word for word in list_untold(states, self.words) if word.id != name]
            standing = [] if before else [word for word in list_standing(states, self.words) if word.id != name]
            for word in untold:
                self.draft.change(answer, word.id, speaks=True)
            had = deliveries.find_addressees(self.tx, [word.id for word in standing])
            said += [self._open(filed[word.assignment_id], word) for word in untold + standing]
        whole = files.find_settled(self.tx, [word for _, word, *_ in said if word != name])
        for _, word, recipient, content in sorted(said, key=lambda one: one[:2]):
            self.telling.fan_out(case, recipient, row.first, final, content, word, word in whole, had.get(word, ()))

    def _open(self, given: Any, word: Any) -> tuple[bool, str, str, Answer]:
        """Whether the lead said it, the answer's id, the recipient, and the answer."""
        return bool(given.lead), str(word.id), given.recipient, cases.open_answer(self.tx, word)

    def _note_word(self, filing: Filing, reading: Answer) -> None:
        row, number = filing.row, reading.number or reading.reference.number
        # A receipt may bring the number while this is being decided: nothing is written over it.
        known = {"number": number} if number and not row.number else {}
        self.draft.change(
            assignment, row.id, state=filing.state.value, changed_at=self.tx.now, **known,
            raw_code=reading.raw.code if reading.raw else None, raw_text=reading.raw.text if reading.raw else None,
        )  # fmt: skip
        if (at := to_ms(reading.at)) is not None:
            filing.said_at = max(filing.said_at or 0, min(at, self.tx.now))

    def _keep(
        self, item: Translated, filing: Filing, reading: Answer, entry: str, counts: bool, speaks: bool = False
    ) -> str:
        """`counts`: it is an answer, now or when others have answered too; `speaks`: the residents are told now."""
        name = make_id("n")
        if counts:
            filing.version, filing.last = filing.version + 1, reading
            filing.newest = filing.newest[0], item.document.id
        row = {
            "id": name, "assignment_id": filing.row.id, "case_id": filing.row.home,
            "document_id": item.document.id, "entry": entry, "state": str(reading.moves_to or ""),
            "finality": reading.finality.value, "outcome": reading.outcome.value if reading.outcome else None,
            "speaks": speaks, "version": filing.version if counts else 0, "at": to_ms(reading.at),
            "heard_at": self.tx.now, "body": cases.seal_answer(self.tx, name, reading),
        }  # fmt: skip
        filing.heard.add(entry)
        self.words.append(SimpleNamespace(**row, stopped=False))
        self.draft.answers.append(row)
        attaching.attach(
            self.draft,
            self.site,
            reading.attachments,
            name,
            item.document.system,
            self.cases[filing.row.home].urgency,
        )
        return name
