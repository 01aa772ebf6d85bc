"""Proof that a caller is who it says.

Comparisons take constant time; messages say what is missing, not what was sent.
"""

import base64
import binascii
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.contract import Request
from adapters.errors import Unverified
from adapters.paths import look
from adapters.settings import resolve
from adapters.webhook_settings import ByBasic, ByHmac, ByToken, Open, Verify

#: Raises Unverified.
Check = Callable[[Request], None]
Secrets = Callable[[str], str]
#: Later than this a number can only be milliseconds.
_MILLISECONDS_FROM = 10**11


def make_check(rules: Verify, secret: Secrets, now: Callable[[], float] = time.time) -> Check:
    """Raises settings.Missing when a secret is not set: a webhook is never open by accident."""
    if isinstance(rules, Open):
        return lambda request: None
    if isinstance(rules, ByHmac):
        return _Signature(rules, [resolve(key, secret).encode() for key in rules.secret], now)
    if isinstance(rules, ByToken):
        return _Token(rules, [(rules.prefix + resolve(key, secret)).encode() for key in rules.secret])
    pair = f"{resolve(rules.user, secret)}:{resolve(rules.password, secret)}"
    return _basic(rules, "Basic " + base64.b64encode(pair.encode()).decode())


def _is_one_of(told: bytes, known: list[bytes]) -> bool:
    """Compares with every key, so that time does not tell which one was close."""
    return sum(hmac.compare_digest(told, one) for one in known) > 0


def _basic(rules: ByBasic, expected: str) -> Check:
    def check(request: Request) -> None:
        told = request.headers.get("authorization", "")
        if not _is_one_of(told.encode(), [expected.encode()]):
            raise Unverified("wrong or missing login", rules.status)

    return check


@dataclass(frozen=True, slots=True)
class _Token:
    rules: ByToken
    keys: list[bytes]

    def __call__(self, request: Request) -> None:
        if not _is_one_of(self._told(request).encode(errors="replace"), self.keys):
            raise Unverified("wrong or missing token", self.rules.status)

    def _told(self, request: Request) -> str:
        rules = self.rules
        if rules.header is not None:
            return request.headers.get(rules.header.lower(), "")
        if rules.query is not None:
            return request.query.get(rules.query, "")
        return look(request.body, rules.path or "") or ""


@dataclass(frozen=True, slots=True)
class _Signature:
    rules: ByHmac
    keys: list[bytes]
    now: Callable[[], float]

    def __call__(self, request: Request) -> None:
        rules = self.rules
        told = request.headers.get(rules.header.lower(), "").strip()
        if not told:
            raise Unverified(f"no signature in {rules.header}", rules.status)
        if not told.startswith(rules.prefix):
            raise Unverified("no signature: what is there does not begin with `prefix`", rules.status)
        made = [hmac.new(key, self._text(request), rules.algorithm).digest() for key in self.keys]
        given = self._decode(told.removeprefix(rules.prefix))
        if not _is_one_of(given, made):
            raise Unverified(f"wrong signature{self._guess(given, made)}", rules.status)
        if rules.timestamp is not None:
            self._check_age(request.headers.get(rules.timestamp.lower(), ""))

    def _guess(self, given: bytes, made: list[bytes]) -> str:
        """What an engineer should look at first. Any sender may see how long a signature is."""
        if len(given) != len(made[0]):
            return f": it is not as long as {self.rules.algorithm} in {self.rules.encoding}; look at both settings"
        return ": look at the secret, `over` and `joined`"

    def _text(self, request: Request) -> bytes:
        rules, headers = self.rules, request.headers
        parts = {
            "timestamp": headers.get((rules.timestamp or "").lower(), "").encode(),
            "nonce": headers.get((rules.nonce or "").lower(), "").encode(),
            "method": request.method.encode(),
            "path": request.path.encode(),
            "body": request.body,
        }
        return rules.joined.encode().join([parts[part] for part in rules.over])

    def _decode(self, text: str) -> bytes:
        try:
            return bytes.fromhex(text) if self.rules.encoding == "hex" else base64.b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            raise Unverified("unreadable signature", self.rules.status) from None

    def _check_age(self, text: str) -> None:
        """Either clock may be ahead."""
        at = read_time(text)
        if at is None:
            raise Unverified("no readable time of sending", self.rules.status)
        if not abs(self.now() - at) <= self.rules.window:  # also no number at all
            raise Unverified("outside of the replay window; check both clocks", self.rules.status)


def read_time(text: str) -> float | None:
    """Unix seconds of a number of seconds or milliseconds, or of an ISO time."""
    try:
        number = float(text)
        return number / 1000 if number > _MILLISECONDS_FROM else number
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
