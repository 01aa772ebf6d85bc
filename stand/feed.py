"""One line of the feed: what a resident writes."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from stand.photo import make_content


class Upload(BaseModel):
    """A file of the resident's; its content is invented from the appeal's id and its name."""

    name: str
    size: int = 256


class Appeal(BaseModel):
    """`id` and `text` are obligatory; a blank column is an absent one; other columns are ignored."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    id: str
    channel: str
    text: str
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    category: str | None = None
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    files: list[Upload] = []
    chat: str | None = None  # the conversation that this is one message of

    @field_validator("*", mode="before")
    @classmethod
    def skip_blank(cls, value: Any, info: Any) -> Any:
        blank = value == "" and info.field_name not in {"id", "channel", "text"}
        return cls.model_fields[info.field_name].get_default(call_default_factory=True) if blank else value

    @field_validator("created_at")
    @classmethod
    def make_aware(cls, value: datetime) -> datetime:
        return value if value.tzinfo else value.replace(tzinfo=UTC)

    def content_of(self, file: Upload) -> bytes:
        return make_content(file.name, file.size, self.id)

    def show_files(self) -> list[dict[str, Any]]:
        """What the book says of them."""
        contents = [(file.name, self.content_of(file)) for file in self.files]
        return [
            {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in contents
        ]

    def name_parts(self) -> tuple[str, str, str]:
        """Surname, given name, patronymic; missing ones are empty."""
        parts = (self.name or "").split(maxsplit=2)
        return tuple(parts + [""] * (3 - len(parts)))  # type: ignore[return-value]
