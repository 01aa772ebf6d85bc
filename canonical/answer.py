"""What comes back."""

from enum import StrEnum

from pydantic import Field

from canonical.attachment import Attachment
from canonical.form import Form, Instant, RawCode
from canonical.states import AssignmentState


class Finality(StrEnum):
    interim = "interim"
    final = "final"


class Outcome(StrEnum):
    solved = "solved"
    not_solved = "not_solved"
    explained = "explained"
    rejected = "rejected"  # with a dictionary reason
    postponed = "postponed"  # with the date on which the case is looked at again


class Reference(Form):
    """Which filing is meant: our delivery id wherever the form has room, else their number."""

    delivery: str | None = None
    number: str | None = None


class Answer(Form):
    """A recipient's word on one filing. `state` decides: answered, declined and postponed speak to the
    resident; the others only move the assignment. An interim answer speaks, and its recipient goes on."""

    reference: Reference
    entry: str | None = None  # identity of one history entry inside a document
    state: AssignmentState | None = None  # None: an unknown word, kept in `raw` and counted
    raw: RawCode | None = None
    finality: Finality = Finality.final
    outcome: Outcome | None = None
    text: str = ""
    at: Instant | None = None
    reason: RawCode | None = None  # why it was rejected, from the recipient's dictionary
    postponed_to: Instant | None = None
    due_at: Instant | None = None  # a deadline or an extension the recipient tells
    redirected_to: str | None = None
    attachments: tuple[Attachment, ...] = ()
    number: str | None = None  # the registration number, when this document tells it

    @property
    def moves_to(self) -> AssignmentState | None:
        """What the assignment becomes by it."""
        interim = self.state is AssignmentState.answered and self.finality is Finality.interim
        return AssignmentState.in_work if interim else self.state

    @property
    def is_told(self) -> bool:
        """Whether residents hear its words though it is not the last one: the answer is still owed."""
        if self.state is AssignmentState.postponed:
            return bool(self.text or self.postponed_to)
        return self.state is not self.moves_to and bool(self.text or self.attachments)


class Question(Form):
    """A recipient asks the resident; the deadline pauses while it is open."""

    reference: Reference
    text: str
    at: Instant | None = None
    reply_until: Instant | None = None


class Reply(Form):
    """The resident's reply to a question of ours."""

    reference: Reference
    text: str
    at: Instant | None = None
    attachments: tuple[Attachment, ...] = ()


class Satisfaction(Form):
    """A resident's rating of one version of an answer."""

    reference: Reference
    score: int = Field(ge=1, le=5)  # 1 is the worst
    text: str = ""
    at: Instant | None = None


class StatusChange(Form):
    """The channel's word about something of ours or of the resident's: an answer was moderated, an appeal
    withdrawn or declined."""

    reference: Reference
    state: str | None = None  # moderated, declined, withdrawn
    raw: RawCode | None = None
    at: Instant | None = None
    text: str = ""
