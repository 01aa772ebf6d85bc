"""What the rules say about one appeal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from router.condition import Condition

LEAD, ALL = "lead", "all"
FALLBACK, TRIAGE = "fallback", "triage"
#: Instead of a rule: the model is not sure of the topic, a person chooses.
UNSURE = "topic_unsure"


@dataclass(frozen=True, slots=True)
class Reason:
    rule: str
    won: bool
    why: str

    def __str__(self) -> str:
        return f"{'+' if self.won else '-'} {self.rule}: {self.why}"


@dataclass(frozen=True, slots=True)
class Route:
    """No recipients: a person chooses (triage). `answered_by`: the lead's answer is enough, or all are needed."""

    recipients: tuple[str, ...]
    lead: str | None
    answered_by: str
    rule: str
    explain: Callable[[], Sequence[Reason]] = field(default=tuple, repr=False, compare=False)

    @property
    def reasons(self) -> Sequence[Reason]:
        """For each rule in the order of trial, why it won or did not. Made when asked for."""
        return self.explain()


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    when: Condition
    to: tuple[str, ...]  # empty: triage
    lead: str | None
    answered_by: str
    priority: int
    line: int = 0
    column: int = 0
