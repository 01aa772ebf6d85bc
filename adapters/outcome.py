"""What an exchange's end means: Unavailable, Refused or Unknown. Decided here and nowhere else."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from adapters.connect import StatusRules
from adapters.connection import Unreached
from adapters.errors import AdapterError, Refused, Unavailable, Unknown

#: The system itself says that nothing was done.
NOT_NOW = frozenset({408, 425, 429, 503})
#: A gateway's word: nothing was done only if it says when to come back.
GATEWAY = frozenset({502, 504})
#: The system will never do it.
NEVER = frozenset({501, 505})
LONGEST_WAIT = 86400.0


def of_failure(where: str, error: Exception, left: bool, safe: bool) -> AdapterError:
    """No reply, or half of one. `where` names system and call; `safe`: repeating it does no second effect."""
    word = f"{where}: {_to_words(error)}"
    return Unknown(word) if left and not safe else Unavailable(word)


def _to_words(error: Exception) -> str:
    """The kind of failure only: httpx's messages may carry the URL, and with it a resident's phone."""
    if isinstance(error, httpx.TimeoutException):
        return "no connection in time" if isinstance(error, httpx.ConnectTimeout) else "no reply in time"
    if isinstance(error, httpx.ConnectError):
        return f"no connection: {error}" if isinstance(error, Unreached) else "no connection"
    return f"the exchange broke off ({type(error).__name__})"


def of_status(
    where: str, status: int, headers: Mapping[str, str], safe: bool, rules: StatusRules
) -> AdapterError | None:
    """None: it is done. `safe` as above."""
    if 200 <= status < 300:
        return None
    word, wait = f"{where}: HTTP {status}", read_retry_after(headers)
    if status in rules.unknown:
        return Unknown(word)
    if status in rules.refused:
        return Refused(word, str(status))
    if _is_unavailable(status, wait, safe, rules):
        return Unavailable(word, wait)
    return Unknown(word) if status >= 500 and status not in NEVER else Refused(word, str(status))


def _is_unavailable(status: int, wait: float | None, safe: bool, rules: StatusRules) -> bool:
    if status in rules.unavailable or status in NOT_NOW:
        return True
    if status == 401:  # our key is not accepted: that is about us, not about what we send
        return True
    return status >= 500 and status not in NEVER and (safe or (status in GATEWAY and wait is not None))


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from now, of `Retry-After` as seconds or as a date (measured by the sender's own clock if it tells)."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        wait = float(text)
    except ValueError:
        wait = _until(text, headers.get("date", ""))
    return min(max(wait, 0.0), LONGEST_WAIT) if wait == wait else None


def _until(text: str, now: str) -> float:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return float("nan")
    return (_aware(at) - (read_date(now) or datetime.now(UTC))).total_seconds()


def read_date(text: str) -> datetime | None:
    """An HTTP date, or None."""
    try:
        return _aware(parsedate_to_datetime(text)) if text else None
    except ValueError:
        return None


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def of_unreadable(where: str, why: str, safe: bool) -> AdapterError:
    """A reply that says «done» and cannot be read. After an effect it is not known what was done."""
    word = f"{where}: unreadable reply: {why}"
    return Unavailable(word) if safe else Unknown(word)


def to_code(code: str) -> str:
    """A system's code as it may be said aloud: codes are short; a sentence might name somebody."""
    return code if len(code) <= 64 and code.isprintable() and " " not in code else "error"
