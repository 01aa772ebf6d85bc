"""`connect:` and `changes:` of a system that is reached through SMEV 3."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from adapters.connect import Connect
from adapters.settings import Bytes, Given, Seconds, Strict, Words, split_segments

Place = Annotated[tuple[str, ...], BeforeValidator(split_segments)]


class Signing(Strict):
    """`key` and `certificate`: PEM files of ours; `trust`: folder with the certificates that SMEV may sign with.

    `provider`: `auto` takes the OpenSSL engine, and says so when only the slow pure-Python one is there.
    """

    key: Given
    certificate: Given
    trust: Given
    provider: str = "auto"
    personal: "Pair | None" = None


class Pair(Strict):
    """A person's key: signs the business content itself (PersonalSignature), whose root must have an `Id` then."""

    key: Given
    certificate: Given


class Ftp(Strict):
    """SMEV's file server. `address`: HOST or HOST:PORT, empty for none; `most`: bytes of one file; `total`: the
    deadline of one file, all attempts together."""

    address: Given
    user: Given = "anonymous"
    password: Given = "smev"  # noqa: S105  not a secret: everybody's
    most: Bytes = 1024**3
    total: Seconds = 600.0


class Attachments(Strict):
    """`most`: bytes of all files inside one message; those that do not fit go by `ftp`, and are refused without it."""

    form: Literal["mtom", "base64"] = "mtom"
    most: Bytes = 5 * 1024**2
    sign: bool = False  # a detached PKCS#7 with each file
    check: bool = False  # a received file without a good PKCS#7 of a trusted certificate is nobody's
    ftp: Ftp | None = None


class Routing(Strict):
    """Whom a request of 1.3 is for, beyond its message type; headers `RoutingDynamic` and `RoutingIdentifier` of a call
    replace it."""

    dynamic: Words = ()
    identifiers: Words = ()


class Settings(Connect):
    """`eol`: how long a message may live; without it SMEV decides. `batch`: messages recorded in one commit."""

    contract: Literal["1.1", "1.2", "1.3"] = "1.2"
    path: Place = ("ws",)
    signing: Signing
    node: str | None = Field(None, max_length=50)
    eol: Seconds | None = None
    transaction_code: str | None = Field(None, max_length=1500)
    test_message: bool = False
    attachments: Attachments = Attachments()
    routing: Routing = Routing()
    batch: int = Field(64, ge=1, le=1000)

    @model_validator(mode="after")
    def routed(self) -> Self:
        if self.contract != "1.3" and (self.routing.dynamic or self.routing.identifiers):
            raise ValueError('`routing` is of contract "1.3" only')
        return self


class Taken(Strict):
    """A queue of ours at SMEV: `requests` to us, `responses` to our requests, or `statuses` of our responses.

    `namespace` and `root` choose a message type, `node` a part of the queue. SMEV keeps what was not acknowledged, so
    there is no date to begin at.
    """

    by: Literal["queue"]
    take: Literal["requests", "responses", "statuses"]
    namespace: str | None = None
    root: str | None = None
    node: str | None = None

    @model_validator(mode="after")
    def chosen(self) -> Self:
        if bool(self.namespace) != bool(self.root):
            raise ValueError("needs both `namespace` and `root`, or neither: so the contract's MessageTypeSelector is")
        return self


CHANGES: TypeAdapter[Taken] = TypeAdapter(Taken)
