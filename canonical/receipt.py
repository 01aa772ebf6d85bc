"""Proof of registration."""

from pydantic import Field

from canonical.form import Form, Instant


class Receipt(Form):
    number: str | None = None  # the outer system's id of what we filed
    text: str | None = None
    at: Instant | None = None
    taken: dict[str, str] = Field(default_factory=dict)  # what the calls' replies gave
    refused: tuple[str, ...] = ()  # calls that the system refused and that may be: what they carried is not there
