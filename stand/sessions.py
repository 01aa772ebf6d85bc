"""Logins that end: a token opened by name and password, known for a while."""

import secrets
import time
from collections.abc import Callable

from starlette.requests import Request

from stand.accounts import account


class Sessions:
    """`seconds` may change at run time and concerns tokens opened already, too."""

    def __init__(self, login: str, password: str, seconds: Callable[[], float]) -> None:
        self.login, self.password, self.seconds = login, password, seconds
        self.opened: dict[str, float] = {}

    def open(self, login: object, password: object) -> str | None:
        if (login, password) != (account(self.login), account(self.password)):
            return None
        token = secrets.token_hex(16)
        self.opened[token] = time.monotonic()
        return token

    def knows(self, request: Request) -> bool:
        """By `Authorization: Bearer`, `X-Session` or the cookie `SID`."""
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = bearer or request.headers.get("x-session") or request.cookies.get("SID", "")
        return self.fresh(token)

    def fresh(self, token: str) -> bool:
        return time.monotonic() - self.opened.get(token, float("-inf")) < self.seconds()

    def end_all(self) -> None:
        self.opened.clear()
