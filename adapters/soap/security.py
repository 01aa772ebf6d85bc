"""WS-Security headers (OASIS WSS 1.0: SOAP Message Security, UsernameToken Profile), made anew for each attempt."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from lxml import etree

from adapters.settings import resolve
from adapters.soap.settings import UsernameToken

_BASE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = _BASE + "wssecurity-secext-1.0.xsd"
WSU = _BASE + "wssecurity-utility-1.0.xsd"
TEXT = _BASE + "username-token-profile-1.0#PasswordText"
DIGEST = _BASE + "username-token-profile-1.0#PasswordDigest"
BASE64 = _BASE + "soap-message-security-1.0#Base64Binary"


class Seal(Protocol):
    def apply(self, security: Any, envelope: Any, now: datetime) -> None:
        """Adds its part to the Security header of an envelope."""
        ...

    def warn(self, now: datetime) -> str:
        """What an operator should know before it is too late; usually nothing."""
        ...


class Token:
    """UsernameToken. Raises settings.Missing when a secret is not set."""

    def __init__(self, rules: UsernameToken, secret: Callable[[str], str]) -> None:
        self.rules = rules
        self.user, self.password = resolve(rules.user, secret), resolve(rules.password, secret)

    def apply(self, security: Any, envelope: Any, now: datetime) -> None:
        if self.rules.ttl is not None:
            add_timestamp(security, now, self.rules.ttl)
        token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken")
        etree.SubElement(token, f"{{{WSSE}}}Username").text = self.user
        password = etree.SubElement(token, f"{{{WSSE}}}Password")
        nonce, created = secrets.token_bytes(16), to_stamp(now)
        password.set("Type", DIGEST if self.rules.digest else TEXT)
        password.text = digest(nonce, created, self.password) if self.rules.digest else self.password
        if self.rules.digest or self.rules.nonce:
            told = etree.SubElement(token, f"{{{WSSE}}}Nonce", EncodingType=BASE64)
            told.text = base64.b64encode(nonce).decode()
            etree.SubElement(token, f"{{{WSU}}}Created").text = created

    def warn(self, now: datetime) -> str:
        return ""


def digest(nonce: bytes, created: str, password: str) -> str:
    """Base64 of SHA-1 over nonce, time and password (UsernameToken Profile 1.0, section 3.1)."""
    made = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
    return base64.b64encode(made).decode()


def to_stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def add_timestamp(security: Any, now: datetime, seconds: float) -> Any:
    """The header's one timestamp: the first seal that wants it makes it."""
    if (known := security.find(f"{{{WSU}}}Timestamp")) is not None:
        return known
    stamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
    etree.SubElement(stamp, f"{{{WSU}}}Created").text = to_stamp(now)
    etree.SubElement(stamp, f"{{{WSU}}}Expires").text = to_stamp(now + timedelta(seconds=seconds))
    return stamp


def secure(envelope: Any, seals: tuple[Seal, ...], now: datetime) -> Any:
    """The envelope with a Security header, which must be understood. It is changed in place."""
    namespace = etree.QName(envelope).namespace
    header = envelope.find(f"{{{namespace}}}Header")
    if header is None:
        header = etree.Element(f"{{{namespace}}}Header")
        envelope.insert(0, header)
    security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
    security.set(f"{{{namespace}}}mustUnderstand", "1")
    for seal in seals:
        seal.apply(security, envelope, now)
    return envelope
