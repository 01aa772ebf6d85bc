"""What a status means, in one table."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from adapters.connect import StatusRules
from adapters.errors import AdapterError, Refused, Unavailable, Unknown
from adapters.outcome import LONGEST_WAIT, of_status, read_retry_after

NONE = StatusRules()
WAIT = {"retry-after": "5"}


def judge(status: int, safe: bool, headers: dict[str, str] | None = None, rules: StatusRules = NONE) -> type | None:
    error: AdapterError | None = of_status("town: create", status, headers or {}, safe, rules)
    return type(error) if error else None


@pytest.mark.parametrize(
    ("status", "effect", "read"),
    [
        (200, None, None),
        (201, None, None),
        (204, None, None),
        (302, Refused, Refused),
        (400, Refused, Refused),
        (401, Unavailable, Unavailable),
        (403, Refused, Refused),
        (404, Refused, Refused),
        (408, Unavailable, Unavailable),
        (409, Refused, Refused),
        (422, Refused, Refused),
        (425, Unavailable, Unavailable),
        (429, Unavailable, Unavailable),
        (500, Unknown, Unavailable),
        (501, Refused, Refused),
        (502, Unknown, Unavailable),
        (503, Unavailable, Unavailable),
        (504, Unknown, Unavailable),
        (599, Unknown, Unavailable),
    ],
)
def test_statuses(status: int, effect: type | None, read: type | None) -> None:
    assert judge(status, False) is effect
    assert judge(status, True) is read


def test_a_gateway_that_says_when_did_nothing() -> None:
    assert judge(502, False, WAIT) is judge(504, False, WAIT) is Unavailable
    assert judge(500, False, WAIT) is Unknown


def test_a_system_may_mean_something_else() -> None:
    rules = StatusRules.model_validate({"unavailable": ["500", "409"], "refused": "503", "unknown": ["400"]})
    assert judge(500, False, rules=rules) is judge(409, False, rules=rules) is Unavailable
    assert judge(503, False, rules=rules) is Refused
    assert judge(400, False, rules=rules) is Unknown


def test_retry_after() -> None:
    assert read_retry_after({"retry-after": "7"}) == 7
    assert read_retry_after({"retry-after": "1.5"}) == 1.5
    assert read_retry_after({"retry-after": "-3"}) == 0
    assert read_retry_after({"retry-after": "99999999"}) == LONGEST_WAIT
    for odd in ("soon", "nan", "", "12 o'clock"):
        assert read_retry_after({"retry-after": odd}) is None
    assert read_retry_after({}) is None


def test_retry_after_as_a_date_goes_by_the_clock_of_its_sender() -> None:
    theirs = datetime.now(UTC) + timedelta(hours=3)
    later = format_datetime(theirs + timedelta(seconds=90), usegmt=True)
    assert read_retry_after({"retry-after": later, "date": format_datetime(theirs, usegmt=True)}) == 90
    ours = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert read_retry_after({"retry-after": ours}) == pytest.approx(90, abs=3)
