"""What an installation lacks or a user mistook, as one sentence. Whatever else fails is a fault of ours, and keeps its
traceback."""

import errno
import sys
from typing import Any


class Mishap(Exception):
    """The message says what is wrong and what to do, to whoever runs `tsur`."""


def describe(error: BaseException) -> str | None:
    """For people; None for what nobody but us can mend."""
    if isinstance(error, Mishap):
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: {error.reason} at byte {error.start}; convert the file"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{error.strerror}: make room and run it again"
    return _of_ledger(error) or _of_redis(error)


def _of_ledger(error: BaseException) -> str | None:
    """Of libraries that were never loaded nothing was raised. A driver's first line names host, port or file."""
    schema, sql = sys.modules.get("ledger.schema"), sys.modules.get("sqlalchemy.exc")
    if schema is not None and isinstance(error, schema.WrongSchema):
        return str(error)
    if sql is None or not (isinstance(error, sql.DBAPIError) and _is_of_server(error, sql)):
        return None
    said = (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0]
    return f"the ledger does not answer: {said}; check TSUR_DATABASE_URL or TSUR_STATE_DIR, and ask `tsur doctor`"


def _is_of_server(error: BaseException, sql: Any) -> bool:
    """Not of a statement of ours."""
    return isinstance(error, sql.OperationalError | sql.InterfaceError) or type(error) is sql.DatabaseError


def _of_redis(error: BaseException) -> str | None:
    redis = sys.modules.get("redis.exceptions")
    if redis is None or not isinstance(error, redis.ConnectionError):
        return None
    return f"Redis does not answer: {error}; check TSUR_REDIS_URL, and ask `tsur doctor`"
