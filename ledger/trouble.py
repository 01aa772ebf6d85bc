"""What went wrong, for logs: a message may quote a resident's text, a code never does."""


def name_trouble(error: BaseException) -> str:
    """Its type, and the database's own code where it has one: `OperationalError SQLITE_FULL`."""
    cause = getattr(error, "orig", None)
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
