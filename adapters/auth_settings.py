"""The settings of `auth:`: the ways in which systems want to know who we are."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from adapters.settings import Encoding, Given, HeaderName, Strict, check_bodies, split_segments


class NoAuth(Strict):
    by: Literal["none"]


class Basic(Strict):
    by: Literal["basic"]
    user: Given
    password: Given


class Bearer(Strict):
    by: Literal["bearer"]
    token: Given


class InHeader(Strict):
    by: Literal["header"]
    name: HeaderName
    value: Given
    prefix: str = ""


class InQuery(Strict):
    by: Literal["query"]
    name: str
    value: Given


def _to_address(value: Any) -> Any:
    return value if isinstance(value, str) and "://" in value else tuple(split_segments(value))


Address = Annotated[tuple[str, ...] | str, BeforeValidator(_to_address)]


class TokenRequest(Strict):
    """`url`: segments under the base, or one absolute URL. `token`, `expires`: paths in the reply."""

    url: Address
    scope: str | None = None
    send: Literal["basic", "form"] = "form"
    token: str = "access_token"  # noqa: S105
    expires: str = "expires_in"


class ClientCredentials(TokenRequest):
    by: Literal["oauth2"]
    client: Given
    secret: Given


class PasswordGrant(TokenRequest):
    """With `send: basic` and no client the Basic header carries user and password, as the ПОС wants."""

    by: Literal["password"]
    user: Given
    password: Given
    client: Given | None = None
    secret: Given | None = None


class Login(Strict):
    post: Annotated[tuple[str, ...], BeforeValidator(split_segments)]
    json_: dict[str, Any] | None = Field(None, alias="json")
    form: dict[str, Any] | None = None
    xml: dict[str, Any] | None = None
    encoding: Encoding = "utf-8"  # of a `form` or `xml`
    headers: dict[str, Given] = Field(default_factory=dict)

    @model_validator(mode="after")
    def one_body(self) -> Self:
        check_bodies(self.json_, self.form, self.xml)
        return self


class SessionLogin(Strict):
    """Without `token` the reply's cookies are kept and sent back."""

    by: Literal["session"]
    login: Login
    token: str | None = None
    expires: str | None = None
    header: HeaderName = "Authorization"
    prefix: str | None = None


class KeyId(Strict):
    name: HeaderName
    value: Given


SIGNED = ("method", "path", "timestamp", "nonce", "body", "body_hash")
Part = Literal["method", "path", "timestamp", "nonce", "body", "body_hash"]


class Signing(Strict):
    by: Literal["hmac"]
    secret: Given
    header: HeaderName = "X-Signature"
    prefix: str = ""
    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    over: tuple[Part, ...] = ("body",)
    joined: str = "\n"
    timestamp: HeaderName | None = None
    nonce: HeaderName | None = None
    key_id: KeyId | None = None

    @model_validator(mode="after")
    def names(self) -> Self:
        for part, header in (("timestamp", self.timestamp), ("nonce", self.nonce)):
            if part in self.over and header is None:
                raise ValueError(f"signs the {part}, so `{part}:` must name the header that carries it")
        return self


Auth = Annotated[
    NoAuth | Basic | Bearer | InHeader | InQuery | ClientCredentials | PasswordGrant | SessionLogin | Signing,
    Field(discriminator="by"),
]
