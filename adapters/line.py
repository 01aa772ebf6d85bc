"""A line to one system: wire, login and judgement together. Everything that adapters ask goes through `call`."""

from collections.abc import Callable
from dataclasses import dataclass

from adapters import outcome
from adapters.auth import Scheme, make_scheme
from adapters.connect import Connect, Expired
from adapters.contract import Health, Tools
from adapters.errors import AdapterError, Refused, Unavailable
from adapters.http import Outgoing, Reply, Wire
from adapters.paths import look
from adapters.settings import Missing, resolve
from adapters.urls import join_url


def nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Line:
    wire: Wire
    scheme: Scheme
    headers: dict[str, str]
    settings: Connect

    def call(self, call: Outgoing, before: Callable[[], None] = nothing) -> Reply:
        """A reply of 2xx, or an AdapterError. `before` runs just before each request of this call leaves."""
        return self.judge(call, self.ask(call, before))

    def ask(self, call: Outgoing, before: Callable[[], None] = nothing) -> Reply:
        """A reply of any status, or an AdapterError when there is none: for protocols whose errors have a body.

        When the reply says that our login ended, we log in again once and repeat: nothing was done without a login.
        """
        call.headers = self.headers | call.headers
        url = call.url
        used = self.scheme.sign(call)
        before()
        reply = self.wire.exchange(call)
        if self.expired(reply) and self.scheme.renew(used):
            call.url = url
            self.scheme.sign(call)
            before()
            reply = self.wire.exchange(call)
            if self.expired(reply):
                raise self._locked_out(call, reply)
        return reply

    def judge(self, call: Outgoing, reply: Reply) -> Reply:
        where = self.wire.where(call.name)
        error = outcome.of_status(where, reply.status, reply.headers, call.safe, self.settings.statuses)
        if error:
            raise error
        return reply

    def expired(self, reply: Reply) -> bool:
        rule = self.settings.expired
        return reply.status in rule.statuses or (rule.path is not None and _says_expired(rule, reply))

    def _locked_out(self, call: Outgoing, reply: Reply) -> AdapterError:
        word = f"{self.wire.where(call.name)}: HTTP {reply.status} even after logging in again"
        return Refused(word, "403") if reply.status == 403 else Unavailable(word)

    def check_health(self) -> Health:
        """Asks `connect.health`, else the base; any answer but a failure or a closed door is good."""
        ask = self.settings.health
        url = join_url(self.wire.base, ask.get) if ask else self.wire.base
        try:
            self.call(Outgoing("health", "GET", url))
        except Refused as error:
            good = error.code not in ("403", "") and ask is None
            return Health(good, "" if good else str(error))
        except AdapterError as error:
            return Health(False, str(error))
        return Health(True)

    def close(self) -> None:
        self.wire.close()


def _says_expired(rule: Expired, reply: Reply) -> bool:
    word = look(reply.body, rule.path or "")
    return word is not None and (not rule.is_ or word in rule.is_)


def make_line(system: str, settings: Connect, tools: Tools) -> Line:
    """Raises Unavailable when a secret, a certificate or the address is missing or wrong."""
    try:
        password = resolve(settings.tls.password, tools.secret) if settings.tls.password else None
        headers = {"User-Agent": "tsur-gateway"}
        headers |= {name: resolve(given, tools.secret) for name, given in settings.headers.items()}
        if settings.base_url is None:
            raise Missing("`connect` has no `base_url`")
        wire = Wire(system, resolve(settings.base_url, tools.secret), settings, password)
        return Line(wire, make_scheme(settings.auth, wire, tools.secret), headers, settings)
    except (Missing, ValueError, OSError) as error:
        raise Unavailable(f"{system}: cannot be connected: {_to_words(error)}") from None


def _to_words(error: Exception) -> str:
    """OSError of a certificate names no file by itself; that of a secret does."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return f"tls: {error}" if isinstance(error, OSError) else str(error)
