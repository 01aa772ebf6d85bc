"""deadlines.yaml: until when something is owed. The source's own deadline wins over every rule for the answer.

zone: Asia/Yekaterinburg
days_off: [2026-06-22]            # of the region, beside Russia's
days_worked: []
rules:                            # the first that holds
  law: {when: {kind: appeal}, registration: 3 days, redirect: 7 days, answer: 30 days, ends_on: work_before, pause: no}
  life: {when: {urgency: life}, answer: 4 hours}
default: {registration: 1 working day, redirect: 3 working days, answer: 10 working days}
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from canonical.appeal import Appeal
from router.condition import World
from router.deadlines_file import Term, Terms, read_deadlines
from router.facts import Facts, make_facts
from router.pauses import Pause, merge
from router.report import Report
from router.spans import Span
from router.workdays import Workdays

__all__ = ["Deadline", "Deadlines", "Pause"]
_END = time(23, 59, 59)
#: More days off in a row than any year has.
LONGEST_REST = 20


@dataclass(frozen=True, slots=True)
class Deadline:
    at: datetime  # UTC
    rule: str  # "source": the channel's own deadline
    span: str = ""
    paused: timedelta = timedelta()


class Deadlines:
    def __init__(self, terms: Terms) -> None:
        self.rules: Sequence[Term] = (*terms.rules, terms.default)
        self.zone: tzinfo = terms.zone
        self.days = Workdays(terms.days_off, terms.days_worked)

    @classmethod
    def load(cls, text: str, path: str, systems: Collection[str], world: World | None = None) -> "Deadlines":
        """Raises PolicyErrors."""
        report = Report(path)
        deadlines = cls(read_deadlines(report, text, world or World(frozenset(systems))))
        report.raise_fatal()
        return deadlines

    def due(
        self, appeal: Appeal, received_at: datetime, system: str, pauses: Iterable[Pause] = (),
        now: datetime | None = None, step: str = "answer",
    ) -> datetime:  # fmt: skip
        """`find(…).at`."""
        return self.find(appeal, received_at, system, pauses, now, step).at

    def find(
        self, appeal: Appeal, received_at: datetime, system: str, pauses: Iterable[Pause] = (),
        now: datetime | None = None, step: str = "answer",
    ) -> Deadline:  # fmt: skip
        """`step`: registration, redirect or answer. `now`: until when a pause that is still open is counted."""
        if step == "answer" and appeal.due_at is not None:
            return Deadline(appeal.due_at, "source")
        term = self._choose(appeal, system, step)
        spans = merge(pauses, received_at, now) if term.pause else []
        at = self._count(received_at, term.spans[step], term.ends_on, spans)
        return Deadline(at, term.name, str(term.spans[step]), sum((end - start for start, end in spans), timedelta()))

    def extend(
        self, due: datetime, appeal: Appeal, received_at: datetime, system: str, start: datetime, end: datetime
    ) -> datetime:
        """The deadline of the answer after one more pause. It stays where its rule knows no pause, and where the source
        itself said when; days that stood still are added as the rule counts days."""
        term = self._choose(appeal, system, "answer")
        if appeal.due_at is not None or not term.pause or end <= start:
            return due
        span, stood = term.spans["answer"], (self._local(start), self._local(end))
        unit = span.unit
        if unit in ("minute", "hour"):
            return due + (end - start)
        last = self._local(due)
        if unit == "working day":
            last = self.days.add(last, self.days.count(*stood))
        else:
            counted = self._unsettle(last, self._local(received_at) + timedelta(days=span.count), term.ends_on)
            last = self._settle(counted + (stood[1] - stood[0]), term.ends_on)
        return self._end(last)

    def _unsettle(self, last: date, first: date, ends_on: str) -> date:
        """The day that the count had reached before it was moved to `last`; of several the earliest, so that nobody is
        promised too much. `first`: where it ended without any pause."""
        days = (first + timedelta(days=more) for more in range((last - first).days + LONGEST_REST))
        return next((day for day in days if self._settle(day, ends_on) == last), last)

    def explain(self, facts: Facts) -> list[str]:
        """For each rule, why it is passed over, down to the one that holds."""
        told = []
        for term in self.rules:
            why = term.when.explain(facts)
            told.append(f"{'-' if why else '+'} {term.name}: {why or 'holds'}")
            if not why:
                break
        return told

    def _count(self, start: datetime, span: Span, ends_on: str, pauses: list[tuple[datetime, datetime]]) -> datetime:
        """Hours run on; days end with the last one, local time."""
        if span.unit in ("minute", "hour"):
            exact = span.exact or timedelta()
            return (start + exact + sum((end - begin for begin, end in pauses), timedelta())).astimezone(UTC)
        first = self._local(start)
        stood = [(self._local(begin), self._local(end)) for begin, end in pauses]
        if span.unit == "working day":
            last = self.days.add(first, span.count + sum(self.days.count(*days) for days in stood))
        else:
            last = first + timedelta(days=span.count + sum((end - begin).days for begin, end in stood))
            last = self._settle(last, ends_on)
        return self._end(last)

    def _choose(self, appeal: Appeal, system: str, step: str) -> Term:
        facts = make_facts(appeal, system)
        return next(term for term in self.rules if term.when.holds(facts) and step in term.spans)

    def _end(self, day: date) -> datetime:
        return datetime.combine(day, _END, self.zone).astimezone(UTC)

    def _settle(self, last: date, ends_on: str) -> date:
        if ends_on == "work_before":
            return self.days.back(last)
        return self.days.forward(last) if ends_on == "work_after" else last

    def _local(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()
