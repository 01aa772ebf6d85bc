"""Spans of time as people write them: `8 hours`, `30 days`, `10 working days`."""

import re
from dataclasses import dataclass
from datetime import timedelta

_SPAN = re.compile(r"(\d{1,4}) (minute|hour|day|working day)s?")
UNITS = ("minute", "hour", "day", "working day")


@dataclass(frozen=True, slots=True)
class Span:
    count: int
    unit: str  # one of UNITS

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @property
    def exact(self) -> timedelta | None:
        """Minutes, hours and days as a duration; working days have none."""
        if self.unit == "working day":
            return None
        return timedelta(**{f"{self.unit}s": self.count})


def parse_span(text: str) -> Span | None:
    """None when it is not a span."""
    found = _SPAN.fullmatch(" ".join(text.split()))
    if found is None or found[2] not in UNITS or not int(found[1]):
        return None
    return Span(int(found[1]), found[2])
