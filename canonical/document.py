"""Raw bytes that arrived."""

from canonical.answer import Answer, Question, Reply, Satisfaction, StatusChange
from canonical.appeal import Appeal
from canonical.form import Form, Instant

#: Kinds of document that a mapping can read, and what each one becomes.
KINDS: dict[str, type[Form]] = {
    "appeal": Appeal,
    "answer": Answer,
    "question": Question,
    "reply": Reply,
    "satisfaction": Satisfaction,
    "status": StatusChange,
}
Reading = Appeal | Answer | Question | Reply | Satisfaction | StatusChange


#: Begins the external id of a document whose own could not be read.
UNNAMED = "sha256:"
#: Begins the external id of a whole list or call that could not be split into its documents.
WHOLE = "whole/"


class Document(Form):
    """As an adapter hands it over. Identity is (system, kind, external_id, revision)."""

    kind: str
    external_id: str
    revision: str | None = None  # the source's event id, or its time; None: compare with the latest content
    body: bytes
    content_type: str = "application/octet-stream"
    sent_at: Instant | None = None
    fault: str | None = None  # why it can only be quarantined; the bytes are kept all the same
