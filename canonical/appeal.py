"""One resident's canonical text."""

from enum import StrEnum

from canonical.applicant import Applicant
from canonical.attachment import Attachment
from canonical.form import Form, Instant, RawCode
from canonical.place import Place
from canonical.topic import Topic


class LegalKind(StrEnum):
    appeal = "appeal"  # 59-ФЗ: own registration, number, deadline and answer form, whatever it is joined to
    message = "message"  # ПОС, social networks, city services


class Urgency(StrEnum):
    life = "life"
    urgent = "urgent"
    normal = "normal"


#: Claims are ordered by this rank, lower first.
URGENCY_RANK = {Urgency.life: 0, Urgency.urgent: 1, Urgency.normal: 2}


class Organisation(Form):
    """The body that the resident names, usually the one complained of."""

    id: str | None = None
    name: str | None = None
    ogrn: str | None = None
    inn: str | None = None


class Appeal(Form):
    """What a channel's document says, before anything was decided about it."""

    text: str = ""
    created_at: Instant
    legal_kind: LegalKind = LegalKind.message
    urgency: Urgency = Urgency.normal
    topic: Topic = Topic()
    place: Place = Place()
    applicant: Applicant = Applicant()
    attachments: tuple[Attachment, ...] = ()
    organisation: Organisation | None = None
    due_at: Instant | None = None  # the source's own deadline; it wins over deadlines.yaml
    status: RawCode | None = None  # the channel's own status word
    moderation: str | None = None  # pending, accepted, declined
    thread: str | None = None  # the conversation it is a part of
    deleted: bool = False  # the resident removed it; kept and shown
    echo_of: str | None = None  # our own delivery id, when a system shows us our own filing
