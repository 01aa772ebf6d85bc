"""The settings of `webhook:`: who may call us, how we know, and what we answer."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from adapters.settings import Bytes, Given, HeaderName, PositiveSeconds, Strict, Words


def _to_givens(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


#: Several during a rotation.
Keys = Annotated[tuple[Given, ...], BeforeValidator(_to_givens), Field(min_length=1)]
Part = Literal["timestamp", "nonce", "method", "path", "body"]


class Open(Strict):
    by: Literal["none"]


class ByHmac(Strict):
    by: Literal["hmac"]
    secret: Keys
    header: HeaderName = "X-Signature"
    prefix: str = ""
    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    over: tuple[Part, ...] = ("body",)
    joined: str = ""
    timestamp: HeaderName | None = None
    nonce: HeaderName | None = None
    window: PositiveSeconds = 300.0
    status: int = 401

    @model_validator(mode="after")
    def names(self) -> Self:
        for part, header in (("timestamp", self.timestamp), ("nonce", self.nonce)):
            if part in self.over and header is None:
                raise ValueError(f"covers the {part}, so `{part}:` must name the header that carries it")
        if "body" not in self.over:
            raise ValueError("`over` must cover the body, or anybody could change it")
        if self.timestamp is not None and "timestamp" not in self.over:
            raise ValueError("`over` must cover the timestamp, or a replay could carry a fresh one")
        return self


class ByToken(Strict):
    """In one place of: a header, the query, a field of the body."""

    by: Literal["token"]
    secret: Keys
    header: HeaderName | None = None
    query: str | None = None
    path: str | None = None
    prefix: str = ""
    status: int = 401

    @model_validator(mode="after")
    def one_place(self) -> Self:
        if sum(place is not None for place in (self.header, self.query, self.path)) != 1:
            raise ValueError("needs one of `header:`, `query:`, `path:`")
        return self


class ByBasic(Strict):
    by: Literal["basic"]
    user: Given
    password: Given
    status: int = 401


Verify = Annotated[Open | ByHmac | ByToken | ByBasic, Field(discriminator="by")]


class WhenHeader(Strict):
    name: HeaderName
    is_: Words = Field(alias="is")


class Event(Strict):
    """Where the source's event id stands."""

    header: HeaderName | None = None
    path: str | None = None


class Handshake(Strict):
    """A call that only asks for a confirmation; nothing is recorded."""

    path: str
    is_: Words = Field(alias="is")
    body: Given


class Answer(Strict):
    status: int = Field(200, ge=200, le=299)
    body: str = "ok"
    type: str = "text/plain; charset=utf-8"


class Webhook(Strict):
    verify: Verify
    path: str | None = None
    header: WhenHeader | None = None
    max_bytes: Bytes = 1024**2
    event: Event = Event()
    handshake: Handshake | None = None
    reply: Answer = Answer()


WEBHOOK: TypeAdapter[Webhook] = TypeAdapter(Webhook)
