"""`connect:` of a SOAP service: its WSDL, who we are to it, and what its faults mean."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator

from adapters.connect import Connect, Probe
from adapters.settings import Bytes, Given, Seconds, Strict, Words, split_segments
from adapters.soap.contract import Contract, open_contract
from adapters.soap.shelf import BadContract


class FaultRules(Strict):
    """What fault codes mean; a code is a fault's own, a subcode, the name of the detail's element, or `code`.

    `code`: path to a code inside the detail.
    """

    retry: Words = ()
    permanent: Words = ()
    login: Words = ()  # about us, not about what we send: for later
    code: str | None = None


class UsernameToken(Strict):
    """WS-Security UsernameToken 1.0: the password as text, or as a digest over nonce and time."""

    by: Literal["username"]
    user: Given
    password: Given
    digest: bool = False
    nonce: bool = True  # with a text password too: nonce and time of creation
    ttl: Seconds | None = None  # adds a Timestamp that ends so long after its beginning


class Certificate(Strict):
    """WS-Security X.509: an RSA signature over parts of the message, with our certificate in it."""

    by: Literal["certificate"]
    cert: str  # file of the certificate, PEM
    key: str  # file of its RSA key, PEM
    password: Given | None = None
    sign: Words = ("body", "timestamp")
    ttl: Seconds = 300.0
    algorithm: Literal["rsa-sha256", "rsa-sha512", "rsa-sha1"] = "rsa-sha256"

    @model_validator(mode="after")
    def known_parts(self) -> Self:
        if not self.sign or set(self.sign) - {"body", "timestamp"}:
            raise ValueError("`sign` names `body`, `timestamp` or both")
        return self


Security = Annotated[UsernameToken | Certificate, Field(discriminator="by")]


class SoapWebhook(Strict):
    """`reply`: content of the reply's element; `{fill: id}` is the document's external id, `{fill: now}` the time."""

    operation: str
    reply: dict[str, Any] = Field(default_factory=dict)


WEBHOOK: TypeAdapter[SoapWebhook] = TypeAdapter(SoapWebhook)


class NoProof(Strict):
    """Whoever can reach the endpoint may call: only where mTLS or a network in front proves the caller."""

    by: Literal["none"]


class TokenProof(Strict):
    """A UsernameToken. `digest`: only a digested password is taken. `window`: how old a token may be; within it no
    nonce is taken twice by one process."""

    by: Literal["username"]
    user: Given
    password: Given
    digest: bool = True
    window: Seconds = 300.0


class SignatureProof(Strict):
    """An X.509 signature over body and timestamp. `trust`: folder of PEM certificates: of the callers, or of their
    authorities."""

    by: Literal["certificate"]
    trust: str
    window: Seconds = 300.0


Proof = Annotated[NoProof | TokenProof | SignatureProof, Field(discriminator="by")]


def _to_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Ping(Probe):
    """The health check may be an operation, with a constant message."""

    get: tuple[str, ...] = ()
    operation: str | None = None
    message: dict[str, Any] = Field(default_factory=dict)


class Incoming(Strict):
    """How partners call us at `/soap/SYSTEM`.

    `service`, `port`, `version`: which port of the WSDL we serve; the one that we call unless told. `url`: our endpoint
    as `?wsdl` names it. `max_bytes`: of a call.
    """

    security: Proof
    service: str | None = None
    port: str | None = None
    version: Literal["1.1", "1.2"] | None = None
    url: Given | None = None
    max_bytes: Bytes = 1024**2


class Settings(Connect):
    """`wsdl`: path below the mappings folder; `pin`: hash of it and of what it imports, as `tsur soap inspect` says.

    The endpoint is `base_url` with the segments of `endpoint`; the WSDL's own address is not used. `service`, `port`,
    `version`: which port of the WSDL; the first one of SOAP unless told.
    """

    wsdl: str
    pin: str
    endpoint: Annotated[tuple[str, ...], BeforeValidator(split_segments)] = ()
    service: str | None = None
    port: str | None = None
    version: Literal["1.1", "1.2"] | None = None
    security: Annotated[tuple[Security, ...], BeforeValidator(_to_list)] = ()
    faults: FaultRules = FaultRules()
    health: Ping | None = None
    incoming: Incoming | None = None


def open_called(settings: Settings, files: Mapping[str, str]) -> Contract:
    """The port that we call. Raises BadContract."""
    return open_contract(files, settings.wsdl, settings.service, settings.port, settings.version)


def open_pinned(settings: Settings, files: Mapping[str, str]) -> Contract:
    """Raises BadContract also for files that are not those that the mapping was written for."""
    contract = open_called(settings, files)
    if contract.pin != settings.pin.lower():
        word = f"`{settings.wsdl}` or what it imports is not what `pin` says"
        raise BadContract(f"{word}: see `tsur soap diff`, then write `pin: {contract.pin}`")
    return contract


def open_incoming(settings: Settings, files: Mapping[str, str]) -> Contract:
    """The port that partners call. Raises BadContract."""
    incoming = settings.incoming
    if incoming is None or incoming.service is incoming.port is incoming.version is None:
        return open_called(settings, files)
    return open_contract(files, settings.wsdl, incoming.service, incoming.port, incoming.version)
