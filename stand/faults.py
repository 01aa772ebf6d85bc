"""Faults by switch: what can go wrong with one exchange, and how often."""

import random
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Fault(BaseModel):
    """Strikes the `next` N calls, and a `share` of all others, of those whose name contains `match`.

    The name is «METHOD /path», and the SOAP action behind it.

    Written short: `3` is {"next": 3}, `true` is {"share": 1}, `false` is never.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)
    next: int = 0
    share: float = Field(0.0, ge=0, le=1)
    match: str = ""

    @model_validator(mode="before")
    @classmethod
    def read_short(cls, value: Any) -> Any:
        if isinstance(value, bool):
            return {"share": float(value)}
        return {"next": value} if isinstance(value, int) else value

    def strikes(self, call: str) -> bool:
        if (not self.next and not self.share) or self.match not in call:
            return False
        if self.next:
            self.__dict__["next"] -= 1
            return True
        return random.random() < self.share


class Latency(Fault):
    ms: float = 200


class Failure(Fault):
    status: int = 503
    retry_after: float | None = None  # seconds


class TooMany(Fault):
    retry_after: float = 1


class Silence(Fault):
    seconds: float = 30  # how long the connection stays open without a word


class Switches(BaseModel):
    """Faults of any stand. Commit-then-…: the effect happens, its reply is lost."""

    model_config = ConfigDict(extra="forbid", validate_default=True)
    outage: bool = False  # every connection is reset before anything is read
    latency: Latency = Latency()
    fail: Failure = Failure()
    too_many: TooMany = TooMany()
    reset: Fault = Fault()
    error_body: Fault = Fault()  # 200, nothing done, an error inside
    commit_then_timeout: Silence = Silence()
    commit_then_reset: Fault = Fault()
    malformed: Fault = Fault()  # the effect happens, the reply is cut in half
