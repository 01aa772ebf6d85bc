"""The three ways an exchange with an outer system fails. Decided here, obeyed everywhere.

Messages name the system, the call and the system's own code; never personal data.
"""


class AdapterError(Exception):
    pass


class Unavailable(AdapterError):
    """Nothing happened; try later. `retry_after` in seconds when the system told it."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(AdapterError):
    """The system's permanent no. `code` is its status or error code."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Unknown(AdapterError):
    """The request left and no reply came: it may have happened."""


class Unverified(AdapterError):
    """The caller did not prove who it is. Nothing is recorded; `status` answers it, in a protocol's own `body`."""

    def __init__(self, message: str, status: int = 401, body: bytes = b"", content_type: str = "") -> None:
        super().__init__(message)
        self.status, self.body, self.content_type = status, body, content_type
