"""The base of every canonical model."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

#: Version of the canonical schema. Raised on any change that an older reader cannot skip.
SCHEMA_VERSION = 1


def to_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


#: An aware time, kept in UTC; people see Asia/Yekaterinburg.
Instant = Annotated[AwareDatetime, AfterValidator(to_utc)]


class Form(BaseModel):
    """Frozen; unknown fields are errors, so that a typo never becomes lost content."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RawCode(Form):
    """The outer system's own word, kept beside whatever it was translated to."""

    code: str
    text: str | None = None
