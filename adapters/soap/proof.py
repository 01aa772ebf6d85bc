"""WS-Security of who calls us, checked before anything of the body is read."""

import base64
import binascii
import hashlib
import hmac
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from cryptography import x509
from lxml import etree

from adapters.contract import Tools
from adapters.settings import resolve
from adapters.soap.envelope import Envelope
from adapters.soap.security import DIGEST, TEXT, WSSE, WSU, digest
from adapters.soap.settings import NoProof, SignatureProof, TokenProof
from adapters.soap.settings import Proof as Rules
from adapters.soap.signature import DS, ID, BadSignature, Trust, check_signature, read_certificate

#: Nonces remembered at most; more within a window is an attack or a window too long.
_LONGEST = 100_000
#: Other attributes that toolkits take for an Id.
_IDS = frozenset({"Id", "ID", "{http://www.w3.org/XML/1998/namespace}id"})


class Unproven(Exception):
    """`code`: a fault code of WS-Security 1.0 section 12."""

    def __init__(self, words: str, code: str = "FailedAuthentication") -> None:
        super().__init__(words)
        self.code = code


class Proof(Protocol):
    @property
    def reads_security(self) -> bool: ...

    def check(self, envelope: Envelope) -> None:
        """Raises Unproven."""
        ...


class Nobody:
    reads_security = False

    def check(self, envelope: Envelope) -> None:
        pass


@dataclass(slots=True)
class Nonces:
    """What was used within the window. The same message may come again, as senders do when our reply was lost: it is
    recognised as a redelivery. The same nonce with another message is a stolen one."""

    window: float
    seen: dict[bytes, tuple[float, bytes]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def use(self, nonce: bytes, message: bytes, now: float) -> None:
        """Raises Unproven."""
        with self.lock:
            if len(self.seen) >= _LONGEST:
                self.seen = {key: kept for key, kept in self.seen.items() if kept[0] > now}
            known = self.seen.setdefault(nonce, (now + 2 * self.window, message))
            if len(self.seen) > _LONGEST:
                del self.seen[nonce]
                raise Unproven("too many tokens within the window")
        if known[0] > now and known[1] != message:
            raise Unproven("the nonce was used before")


class TokenCheck:
    reads_security = True

    def __init__(self, rules: TokenProof, tools: Tools) -> None:
        self.rules, self.now = rules, tools.now
        self.user, self.password = resolve(rules.user, tools.secret), resolve(rules.password, tools.secret)
        self.nonces = Nonces(rules.window)

    def check(self, envelope: Envelope) -> None:
        security = find_security(envelope)
        for stamp in security.findall(f"{{{WSU}}}Timestamp"):
            check_stamp(stamp, self.now(), self.rules.window)
        token = find_one(security, f"{{{WSSE}}}UsernameToken")
        told, created = token.findtext(f"{{{WSU}}}Created"), None
        if told is not None:
            created = check_age(told, self.now(), self.rules.window)
        nonce = _decode(token.findtext(f"{{{WSSE}}}Nonce") or "")
        user = (token.findtext(f"{{{WSSE}}}Username") or "").encode()
        right = self._is_right(find_one(token, f"{{{WSSE}}}Password"), nonce, told or "", created)
        if not (hmac.compare_digest(user, self.user.encode()) and right):
            raise Unproven("wrong user or password")
        if nonce:
            self.nonces.use(nonce, fingerprint(envelope), self.now().timestamp())

    def _is_right(self, password: Any, nonce: bytes, told: str, created: datetime | None) -> bool:
        said = (password.text or "").encode()
        if password.get("Type", TEXT) == DIGEST:
            if not nonce or created is None:
                raise Unproven("a digest needs Nonce and Created", "InvalidSecurityToken")
            return hmac.compare_digest(said, digest(nonce, told, self.password).encode())
        if self.rules.digest:
            raise Unproven("the password must be digested", "UnsupportedSecurityToken")
        return hmac.compare_digest(said, self.password.encode())


class SignatureCheck:
    """Body and timestamp must be signed by somebody whom we trust."""

    reads_security = True

    def __init__(self, rules: SignatureProof, tools: Tools) -> None:
        self.rules, self.now, self.trust = rules, tools.now, Trust(rules.trust)

    def check(self, envelope: Envelope) -> None:
        security, now = find_security(envelope), self.now()
        stamp = find_one(security, f"{{{WSU}}}Timestamp")
        check_stamp(stamp, now, self.rules.window)
        elements = _index(envelope.root)
        signature = find_one(security, f"{{{DS}}}Signature")
        try:
            proven = self._find_proven(signature, security, elements, now)
        except BadSignature as error:
            raise Unproven(str(error), "FailedCheck") from None
        body = envelope.root.find(f"{{{envelope.namespace}}}Body")
        for part, name in ((body, "body"), (stamp, "timestamp")):
            if not any(one is part for one in proven):
                raise Unproven(f"the {name} is not signed", "FailedCheck")

    def _find_proven(self, signature: Any, security: Any, elements: dict[str, Any], now: datetime) -> list[Any]:
        """Raises BadSignature. A sender that shows no certificate is one whose certificate we have."""
        shown = _find_certificate(signature, security, elements)
        if shown is not None:
            self.trust.check(shown, now)
            return check_signature(signature, shown, elements)
        for known in self.trust.certificates:
            try:
                self.trust.check(known, now)
                return check_signature(signature, known, elements)
            except BadSignature:
                continue
        raise BadSignature("no trusted certificate fits the signature")


def _find_certificate(signature: Any, security: Any, elements: dict[str, Any]) -> x509.Certificate | None:
    told = signature.find(f".//{{{WSSE}}}Reference")
    if told is not None:
        token = elements.get(told.get("URI", "").removeprefix("#"))
        if token is None or token.getparent() is not security:
            raise BadSignature("the token that the signature names is not in the header")
        return read_certificate(token)
    held = signature.find(f"{{{DS}}}KeyInfo//{{{DS}}}X509Certificate")
    return read_certificate(held) if held is not None else None


def _index(root: Any) -> dict[str, Any]:
    """Elements by Id. Raises Unproven for an Id that stands twice: one might be checked and the other used."""
    made: dict[str, Any] = {}
    for node in root.iter("*"):
        for name, value in node.attrib.items():
            if (name == ID or name in _IDS) and made.setdefault(value, node) is not node:
                raise Unproven("an Id stands twice", "InvalidSecurity")
    return made


def find_security(envelope: Envelope) -> Any:
    """The one Security header. Raises Unproven."""
    if envelope.header is None:
        raise Unproven("no WS-Security header", "InvalidSecurity")
    return find_one(envelope.header, f"{{{WSSE}}}Security")


def find_one(node: Any, tag: str) -> Any:
    """Raises Unproven when there is none, or several, of which one might be checked and another used."""
    found = node.findall(tag)
    if len(found) != 1:
        raise Unproven(f"{'no' if not found else 'more than one'} {tag.rpartition('}')[2]}", "InvalidSecurity")
    return found[0]


def check_stamp(stamp: Any, now: datetime, window: float) -> None:
    """A Timestamp: of now, and not past the end that its maker gave it. Raises Unproven."""
    check_age(find_one(stamp, f"{{{WSU}}}Created").text or "", now, window)
    ends = stamp.findtext(f"{{{WSU}}}Expires")
    if ends is not None and _read_time(ends) <= now:
        raise Unproven("the time that its Timestamp gave it is over", "MessageExpired")


def check_age(text: str, now: datetime, window: float) -> datetime:
    """Either clock may be ahead. Raises Unproven."""
    at = _read_time(text)
    if abs((now - at).total_seconds()) > window:
        raise Unproven("made too long ago, or by a clock that is ahead; check both clocks", "MessageExpired")
    return at


def _read_time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Unproven("an unreadable time", "InvalidSecurity") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def fingerprint(envelope: Envelope) -> bytes:
    return hashlib.sha256(etree.tostring(envelope.root, method="c14n")).digest()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise Unproven("an unreadable nonce", "InvalidSecurityToken") from None


def make_proof(rules: Rules, tools: Tools) -> Proof:
    """Raises settings.Missing."""
    if isinstance(rules, NoProof):
        return Nobody()
    if isinstance(rules, TokenProof):
        return TokenCheck(rules, tools)
    return SignatureCheck(rules, tools)
