"""A file that belongs to a document or an answer."""

from canonical.form import Form


class Attachment(Form):
    id: str | None = None  # the outer system's id
    url: str | None = None  # where it can be fetched, if it can
    name: str | None = None
    media_type: str | None = None
    size: int | None = None  # bytes
    digest: str | None = None  # SHA-256 of the content, hex, once fetched: the address in the file store
    shareable: bool = False  # a person said that every applicant of the case may see it
