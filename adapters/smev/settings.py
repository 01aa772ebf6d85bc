"""`connect:` and `changes:` of a system that is reached through SMEV 3."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from adapters.connect import Connect
from adapters.settings import Bytes, Given, Seconds, Strict, split_segments

Place = Annotated[tuple[str, ...], BeforeValidator(split_segments)]


class Signing(Strict):
    """`key` and `certificate`: PEM files of ours; `trust`: folder with the certificates that SMEV may sign with.

    `provider`: `auto` takes the OpenSSL engine, and says so when only the slow pure-Python one is there.
    """

    key: Given
    certificate: Given
    trust: Given
    provider: str = "auto"


class Attachments(Strict):
    """`most`: bytes of all files of one message; SMEV takes larger ones by FTP, which is not spoken yet."""

    form: Literal["mtom", "base64"] = "mtom"
    most: Bytes = 5 * 1024**2
    sign: bool = False  # a detached PKCS#7 with each file


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
    batch: int = Field(64, ge=1, le=1000)


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


CHANGES: TypeAdapter[Taken] = TypeAdapter(Taken)
