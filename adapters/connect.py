"""The settings of `connect:`: where a system is and how gently it is to be treated."""

import re
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from adapters.auth_settings import Auth, NoAuth
from adapters.settings import (
    Bytes,
    Given,
    HeaderName,
    HeaderText,
    PositiveSeconds,
    Seconds,
    Statuses,
    Strict,
    Words,
    split_segments,
)
from canonical.media import KNOWN

#: A name, never an address: those are for systems whose base stands there.
_HOST = re.compile(r"(\*\.)?([a-zA-Z0-9-]+\.)+[a-zA-Z][a-zA-Z0-9-]*")


class Timeouts(Strict):
    total: PositiveSeconds = 30.0  # the deadline of one call: connection, headers, body and all
    connect: PositiveSeconds = 5.0


class Limits(Strict):
    concurrency: int = Field(4, ge=1, le=256)
    rate: float | None = Field(None, gt=0)  # requests per second of one process
    max_bytes: Bytes = 20 * 1024**2  # of a reply
    keep_alive: Seconds = 5.0  # an idle connection older than this is not used again


class Tls(Strict):
    """Verification is always on; `ca` replaces the public authorities, `cert` and `key` are ours (mTLS)."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    password: Given | None = None

    @model_validator(mode="after")
    def pair(self) -> Self:
        if bool(self.cert) != bool(self.key):
            raise ValueError("needs both `cert` and `key`")
        return self


class Probe(Strict):
    """A harmless question."""

    get: Annotated[tuple[str, ...], BeforeValidator(split_segments)]


class Poll(Strict):
    every: PositiveSeconds = 60.0


class Follow(Strict):
    """`closed_for`: a filing that was closed so long ago is not asked about any more."""

    every: PositiveSeconds = 900.0
    closed_for: Seconds = 30 * 86400.0


class Breaker(Strict):
    """Obeyed by the workers' lanes: after so many failures in a row the system is left alone for `pause`, for twice as
    long after each further one, at most `longest`."""

    failures: int = Field(5, ge=1)
    pause: Seconds = 15.0
    longest: Seconds = 300.0


class FileRules(Strict):
    """What may be fetched from here. `hosts`: others than the base's own that links may name (`*.` before a name: all
    below it); `types`: media types, as the content shows them; `total`: the deadline of one file.
    """

    max_bytes: Bytes = 20 * 1024**2
    hosts: Words = ()
    types: Words = tuple(sorted(KNOWN))
    total: PositiveSeconds = 120.0

    @field_validator("types")
    @classmethod
    def known(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        if strange := sorted(set(types) - KNOWN):
            raise ValueError(
                f"names {strange[0]}, which cannot be told from content; known: {', '.join(sorted(KNOWN))}"
            )
        return types

    @field_validator("hosts")
    @classmethod
    def named(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if strange := [host for host in hosts if not _HOST.fullmatch(host)]:
            raise ValueError(f"names {strange[0]!r}, which is no host such as files.example.org or *.example.org")
        return tuple(host.lower() for host in hosts)


class StatusRules(Strict):
    """Corrects what HTTP statuses mean at this system."""

    unavailable: Statuses = ()
    refused: Statuses = ()
    unknown: Statuses = ()


class CodeRules(Strict):
    """Corrects what the codes that `refuse:` finds mean: these say «not now», all others «never»."""

    unavailable: Words = ()


class Expired(Strict):
    """How we see that our login ended: by status, or by a word at a path of the body."""

    statuses: Statuses = (401,)
    path: str | None = None
    is_: Words = Field((), alias="is")


class Connect(Strict):
    base_url: Given | None = None  # not needed by a system that only calls us
    plain_http: bool = False  # http to other hosts than loopback; nothing protects what is sent
    timeouts: Timeouts = Timeouts()
    limits: Limits = Limits()
    headers: dict[HeaderName, HeaderText] = Field(default_factory=dict)
    tls: Tls = Tls()
    health: Probe | None = None
    poll: Poll = Poll()
    follow: Follow = Follow()
    breaker: Breaker = Breaker()
    files: FileRules = FileRules()
    statuses: StatusRules = StatusRules()
    codes: CodeRules = CodeRules()
    expired: Expired = Expired()
    auth: Auth = NoAuth(by="none")
