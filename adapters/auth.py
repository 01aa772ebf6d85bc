"""Who we are to a system. A scheme adds its proof to each call; some must log in first and again when it ends."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import quote, urlsplit

from adapters.auth_settings import (
    Auth,
    Basic,
    Bearer,
    ClientCredentials,
    InHeader,
    InQuery,
    NoAuth,
    PasswordGrant,
    SessionLogin,
    Signing,
)
from adapters.http import Outgoing, Wire
from adapters.login import Keeper, Login, grant, session
from adapters.settings import resolve

Secrets = Callable[[str], str]


class Scheme(Protocol):
    def sign(self, call: Outgoing) -> str:
        """Adds the proof to the call; returns which login was used ("" when there is none to renew).

        Raises Unavailable when no login can be had now.
        """
        ...

    def renew(self, used: str) -> bool:
        """Logs in again unless somebody did since `used`. False: there is no login to renew."""
        ...


class Fixed:
    """The same headers every time."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers

    def sign(self, call: Outgoing) -> str:
        call.headers.update(self.headers)
        return ""

    def renew(self, used: str) -> bool:
        return False


class Query(Fixed):
    def __init__(self, name: str, value: str) -> None:
        super().__init__({})
        self.pair = f"{quote(name, safe='')}={quote(value, safe='')}"

    def sign(self, call: Outgoing) -> str:
        call.url += ("&" if "?" in call.url else "?") + self.pair
        return ""


class Signed(Fixed):
    """HMAC over chosen parts of the call."""

    def __init__(self, rules: Signing, secret: Secrets, now: Callable[[], float] = time.time) -> None:
        super().__init__({rules.key_id.name: resolve(rules.key_id.value, secret)} if rules.key_id else {})
        self.rules, self.now = rules, now
        self.key = resolve(rules.secret, secret).encode()

    def sign(self, call: Outgoing) -> str:
        rules = self.rules
        parts = self._parts(call)
        for header, part in ((rules.timestamp, "timestamp"), (rules.nonce, "nonce")):
            if header:
                call.headers[header] = parts[part].decode()
        text = rules.joined.encode().join(parts[part] for part in rules.over)
        made = hmac.new(self.key, text, rules.algorithm).digest()
        coded = made.hex() if rules.encoding == "hex" else base64.b64encode(made).decode()
        call.headers.update(self.headers)
        call.headers[rules.header] = rules.prefix + coded
        return ""

    def _parts(self, call: Outgoing) -> dict[str, bytes]:
        url = urlsplit(call.url)
        return {
            "method": call.method.encode(),
            "path": (url.path + (f"?{url.query}" if url.query else "")).encode(),
            "timestamp": str(int(self.now())).encode(),
            "nonce": secrets.token_hex(16).encode(),
            "body": call.content,
            "body_hash": hashlib.sha256(call.content).hexdigest().encode(),
        }


def make_scheme(auth: Auth, wire: Wire, secret: Secrets) -> Scheme:
    """Raises settings.Missing."""
    if isinstance(auth, NoAuth):
        return Fixed({})
    if isinstance(auth, Basic):
        return Fixed({"Authorization": basic(resolve(auth.user, secret), resolve(auth.password, secret))})
    if isinstance(auth, Bearer):
        return Fixed({"Authorization": f"Bearer {resolve(auth.token, secret)}"})
    if isinstance(auth, InHeader):
        return Fixed({auth.name: auth.prefix + resolve(auth.value, secret)})
    if isinstance(auth, InQuery):
        return Query(auth.name, resolve(auth.value, secret))
    if isinstance(auth, Signing):
        return Signed(auth, secret)
    return Keeper(wire, make_login(auth, wire, secret))


def make_login(auth: ClientCredentials | PasswordGrant | SessionLogin, wire: Wire, secret: Secrets) -> Login:
    return session(auth, wire, secret) if isinstance(auth, SessionLogin) else grant(auth, wire, secret)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
