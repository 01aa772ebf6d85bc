"""Logins that end: tokens of OAuth2 and sessions. One thread logs in, the others wait for it."""

import base64
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode

from adapters import outcome
from adapters.auth_settings import ClientCredentials, PasswordGrant, SessionLogin
from adapters.bodies import write_question
from adapters.connect import StatusRules
from adapters.errors import AdapterError, Refused, Unavailable, Unknown
from adapters.http import Outgoing, Reply, Wire
from adapters.paths import find_text, open_tree
from adapters.settings import resolve, resolve_tree
from adapters.urls import join_url

#: After a refused login we wait before the next one, or the account would be locked.
REFUSED_PAUSE = 30.0
#: A token is renewed so long before its end, at most half of its life before.
MARGIN = 30.0


@dataclass(frozen=True, slots=True)
class Proof:
    """What a login gave. `until`: monotonic seconds."""

    headers: dict[str, str]
    until: float
    id: str


@dataclass(frozen=True, slots=True)
class Login:
    """How to ask, and where the reply carries what."""

    call: Outgoing
    token: str | None  # a path; None: cookies
    expires: str | None
    header: str = "Authorization"
    prefix: str = "Bearer "


@dataclass(slots=True)
class Keeper:
    """Keeps one login of one system for all threads."""

    wire: Wire
    login: Login
    lock: threading.Lock = field(default_factory=threading.Lock)
    proof: Proof | None = None
    pause_until: float = 0.0
    count: int = 0

    def sign(self, call: Outgoing) -> str:
        proof = self.proof
        if proof is None or proof.until <= time.monotonic():
            proof = self._replace(proof.id if proof else "")
        call.headers.update(proof.headers)
        return proof.id

    def renew(self, used: str) -> bool:
        self._replace(used)
        return True

    def _replace(self, used: str) -> Proof:
        with self.lock:
            if self.proof and self.proof.id != used:
                return self.proof  # another thread was quicker
            if (wait := self.pause_until - time.monotonic()) > 0:
                raise Unavailable(f"{self.wire.where('login')}: was refused a moment ago", wait)
            self.proof = None
            self.count += 1
            self.proof = self._ask()
            return self.proof

    def _ask(self) -> Proof:
        where = self.wire.where("login")
        try:
            reply = self.wire.exchange(replace(self.login.call, headers=dict(self.login.call.headers)))
            if error := outcome.of_status(where, reply.status, reply.headers, True, StatusRules()):
                raise error
        except (Refused, Unknown, Unavailable) as error:
            raise self._soften(error) from None
        return self._read(where, reply)

    def _soften(self, error: AdapterError) -> Unavailable:
        """Nothing that depends on our login may end as a delivery refused for ever."""
        told = error.retry_after if isinstance(error, Unavailable) else None
        if isinstance(error, Refused) or "HTTP 401" in str(error):
            self.pause_until = time.monotonic() + REFUSED_PAUSE
            told = REFUSED_PAUSE
        return Unavailable(str(error), told)

    def _read(self, where: str, reply: Reply) -> Proof:
        login = self.login
        try:
            tree = open_tree(reply.body) if login.token or login.expires else None
            lasts = float((find_text(tree, login.expires) if login.expires else None) or "inf")
        except ValueError:
            raise Unavailable(f"{where}: unreadable reply") from None
        headers = self._to_headers(tree, reply)
        if not headers:  # a refusal inside a 200, for all that can be told
            raise self._soften(Refused(f"{where}: the reply carries no token"))
        until = time.monotonic() + lasts - min(MARGIN, lasts / 2 if lasts != float("inf") else MARGIN)
        return Proof(headers, until, str(self.count))

    def _to_headers(self, tree: object, reply: Reply) -> dict[str, str]:
        if self.login.token is None:
            return _read_cookies(reply)
        token = find_text(tree, self.login.token)
        return {self.login.header: self.login.prefix + token} if token else {}


def _read_cookies(reply: Reply) -> dict[str, str]:
    jar = SimpleCookie()
    lines = getattr(reply.headers, "get_list", lambda name: [reply.headers.get(name, "")])("set-cookie")
    for line in lines:
        try:
            jar.load(line)
        except CookieError:
            continue
    pairs = [f"{name}={morsel.value}" for name, morsel in jar.items()]
    return {"Cookie": "; ".join(pairs)} if pairs else {}


def grant(auth: ClientCredentials | PasswordGrant, wire: Wire, secret: Callable[[str], str]) -> Login:
    """Raises settings.Missing."""
    fields, headers = _grant_fields(auth, secret)
    if auth.scope:
        fields["scope"] = auth.scope
    url = auth.url if isinstance(auth.url, str) else join_url(wire.base, list(auth.url))
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    call = Outgoing("login", "POST", url, headers, urlencode(fields).encode(), effect=True, idempotent=True)
    return Login(call, auth.token, auth.expires)


def _grant_fields(
    auth: ClientCredentials | PasswordGrant, secret: Callable[[str], str]
) -> tuple[dict[str, str], dict[str, str]]:
    def text(given: object) -> str:
        return resolve(given, secret)

    if isinstance(auth, ClientCredentials):
        fields, pair = {"grant_type": "client_credentials"}, (text(auth.client), text(auth.secret))
    else:
        user, password = text(auth.user), text(auth.password)
        fields = {"grant_type": "password", "username": user, "password": password}
        pair = (text(auth.client), text(auth.secret or "")) if auth.client else (user, password)
    if auth.send == "basic":
        return fields, {"Authorization": "Basic " + base64.b64encode(":".join(pair).encode()).decode()}
    if isinstance(auth, ClientCredentials) or auth.client:
        fields |= {"client_id": pair[0], "client_secret": pair[1]}
    return fields, {}


def session(auth: SessionLogin, wire: Wire, secret: Callable[[str], str]) -> Login:
    """Raises settings.Missing, and ValueError for a secret that the body's encoding cannot carry."""
    ask = auth.login
    headers = {name: resolve(given, secret) for name, given in ask.headers.items()}
    bodies = {"form": ask.form, "xml": ask.xml, "json": ask.json_ or {}}
    form, tree = next((form, tree) for form, tree in bodies.items() if tree is not None)
    filled = resolve_tree(tree, secret)
    try:
        kind, content = write_question(form, filled, ask.encoding)
    except AdapterError:
        raise ValueError(f"the login holds a character that {ask.encoding} lacks; name its `encoding`") from None
    headers.setdefault("Content-Type", kind)
    url = join_url(wire.base, list(ask.post))
    call = Outgoing("login", "POST", url, headers, content, effect=True, idempotent=True)
    prefix = auth.prefix if auth.prefix is not None else ("Bearer " if auth.header == "Authorization" else "")
    return Login(call, auth.token, auth.expires, auth.header, prefix)
