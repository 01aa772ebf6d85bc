"""One thing that must reach one system once."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from canonical.answer import Finality, Outcome
from canonical.appeal import LegalKind, Urgency
from canonical.applicant import Applicant
from canonical.attachment import Attachment
from canonical.form import Form, Instant, RawCode
from canonical.place import Place
from canonical.plan import Plan
from canonical.topic import Topic


class Intent(StrEnum):
    forward = "forward"
    join = "join"  # type: ignore[assignment]  # hides str.join, which nobody calls on an intent
    supplement = "supplement"
    withdraw = "withdraw"
    remind = "remind"
    return_ = "return"
    answer = "answer"
    status = "status"
    notice = "notice"
    ask = "ask"
    ask_satisfaction = "ask_satisfaction"
    fetch = "fetch"


class CaseView(Form):
    """What an out-mapping may read of a case, as `case.*`."""

    id: str
    state: str
    text: str = ""  # the first appeal's text, without other people's details
    topic: Topic = Topic()
    place: Place = Place()
    opened_at: Instant | None = None
    due_at: Instant | None = None
    count: int = 1
    urgency: Urgency = Urgency.normal
    legal_kind: LegalKind = LegalKind.message
    files: tuple[Attachment, ...] = ()
    history: str = ""  # who had it before and why they sent it on, a line each


class AppealView(Form):
    """`appeal.*`: the appeal this delivery speaks of (a forward: the first; an answer: the addressee's)."""

    id: str
    system: str
    external_id: str
    text: str = ""
    created_at: Instant | None = None
    topic: Topic = Topic()
    place: Place = Place()
    thread: str | None = None
    files: tuple[Attachment, ...] = ()


class AnswerView(Form):
    """`answer.*`: what is told to the resident; also carries a status, a question or a notice."""

    id: str | None = None
    text: str = ""
    state: str | None = None
    finality: Finality = Finality.final
    outcome: Outcome | None = None
    raw: RawCode | None = None
    reason: RawCode | None = None
    postponed_to: Instant | None = None
    at: Instant | None = None
    recipient: str | None = None  # title of the body that answers
    number: str | None = None  # the registration number at the recipient
    replaces: bool = False  # a correction or a second answer after reopening
    files: tuple[Attachment, ...] = ()


class Scope(Form):
    """Everything `from:` can name. The mapping's `discloses` narrows it."""

    delivery_id: str
    intent: Intent
    system: str
    number: str | None = None  # the receipt number of the forward this one follows up
    case: CaseView
    appeal: AppealView
    applicant: Applicant = Applicant()
    answer: AnswerView = AnswerView()
    file: Attachment = Attachment()  # the one that `fetch` asks for


class Delivery(Form):
    """As an adapter gets it: the plan was rendered once and stored before the first attempt."""

    id: str
    system: str
    intent: Intent
    plan: Plan
    #: What earlier attempts' calls took, by call: resumed, never restarted.
    progress: dict[str, Any] = Field(default_factory=dict)
    attempt: int = 1
    files: tuple[Attachment, ...] = ()
