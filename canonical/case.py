"""One real-world problem, whom it was given to, and what is owed to whom."""

from canonical.form import Form, Instant
from canonical.place import Place
from canonical.states import AssignmentState, CaseState, ObligationState
from canonical.topic import Topic


class Case(Form):
    id: str
    state: CaseState
    topic: Topic = Topic()
    place: Place = Place()
    opened_at: Instant
    due_at: Instant | None = None  # the earliest of its appeals'
    appeals: int = 1
    reopened: int = 0


class Assignment(Form):
    """Case × recipient, with its own state."""

    id: str
    case: str
    recipient: str  # a system's name
    state: AssignmentState
    lead: bool = True  # the case is answered by the lead's answer, or by all, as the rule says
    number: str | None = None  # the recipient's own


class Obligation(Form):
    """A reply owed to one addressee; ends as a delivery or as a named reason."""

    id: str
    case: str
    appeal: str
    system: str
    state: ObligationState
    reason: str | None = None
    due_at: Instant | None = None


class Event(Form):
    """A mass event: groups cases without merging them."""

    id: str
    topic: str
    zone: str
    opened_at: Instant
    closed_at: Instant | None = None


class Thread(Form):
    """Documents of one person in one place of a channel."""

    system: str
    id: str
    documents: tuple[str, ...] = ()
