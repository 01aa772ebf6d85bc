"""Transactions that crossed another one: PostgreSQL ends a deadlock by ending one of the two."""

from sqlalchemy.exc import OperationalError
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

#: For what must not be forgotten because of that: how the calls of a batch ended. The whole function is run again.
once_more = retry(
    retry=retry_if_exception_type(OperationalError), stop=stop_after_attempt(4),
    wait=wait_random_exponential(0.05, max=1), reraise=True,
)  # fmt: skip
