"""Envelopes as the SOAP 1.1 note and SOAP 1.2 part 1 describe them, and the UsernameToken of WS-Security 1.0."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_OASIS}wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}wssecurity-utility-1.0.xsd"
PROFILE = f"{_OASIS}username-token-profile-1.0"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


class SoapFault(Exception):
    """`side`: Client or Server; `told`: content of the detail, by element name; `subcode`: of WS-Security."""

    def __init__(self, side: str, words: str, told: dict[str, str] | None = None, subcode: str = "") -> None:
        super().__init__(words)
        self.side, self.words, self.told, self.subcode = side, words, told or {}, subcode


@dataclass(frozen=True, slots=True)
class Call:
    """`space`: of the envelope, so its version."""

    space: str
    root: Any
    payload: Any


def read_call(body: bytes) -> Call:
    try:
        root = etree.fromstring(body, _PARSER)
    except etree.XMLSyntaxError:
        raise SoapFault("Client", "not XML") from None
    space = etree.QName(root).namespace
    held = root.find(f"{{{space}}}Body")
    if space not in (SOAP11, SOAP12) or held is None or len(held) != 1:
        raise SoapFault("Client", "not an envelope with one body element")
    return Call(space, root, held[0])


def write_envelope(space: str, payload: Any, security: Any = None) -> bytes:
    root = etree.Element(f"{{{space}}}Envelope", nsmap={"env": space})
    if security is not None:
        etree.SubElement(root, f"{{{space}}}Header").append(security)
    etree.SubElement(root, f"{{{space}}}Body").append(payload)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def write_fault(space: str, fault: SoapFault, holder: str) -> bytes:
    """`holder`: name, {namespace}local, of the detail's element."""
    root = etree.Element(f"{{{space}}}Fault", nsmap={"env": space, "wsse": WSSE})
    if space == SOAP11:
        code = f"wsse:{fault.subcode}" if fault.subcode else f"env:{fault.side}"
        etree.SubElement(root, "faultcode").text = code
        etree.SubElement(root, "faultstring").text = fault.words
        detail = etree.Element("detail")
    else:
        side = {"Client": "Sender", "Server": "Receiver"}[fault.side]
        code = etree.SubElement(root, f"{{{space}}}Code")
        etree.SubElement(code, f"{{{space}}}Value").text = f"env:{side}"
        if fault.subcode:
            below = etree.SubElement(code, f"{{{space}}}Subcode")
            etree.SubElement(below, f"{{{space}}}Value").text = f"wsse:{fault.subcode}"
        reason = etree.SubElement(etree.SubElement(root, f"{{{space}}}Reason"), f"{{{space}}}Text")
        reason.set("{http://www.w3.org/XML/1998/namespace}lang", "ru")
        reason.text = fault.words
        detail = etree.Element(f"{{{space}}}Detail")
    if fault.told:
        root.append(detail)
        inside = etree.SubElement(detail, holder)
        for name, text in fault.told.items():
            etree.SubElement(inside, f"{{{etree.QName(inside).namespace}}}{name}").text = text
    return write_envelope(space, root)


def media_type(space: str) -> str:
    return "text/xml; charset=utf-8" if space == SOAP11 else "application/soap+xml; charset=utf-8"


def check_token(call: Call, user: str, password: str, digested: bool, seen: set[bytes]) -> None:
    """A UsernameToken of this person: fresh by 5 minutes, its nonce never used before. `seen` grows."""
    token = call.root.find(f"{{{call.space}}}Header/{{{WSSE}}}Security/{{{WSSE}}}UsernameToken")
    if token is None:
        raise SoapFault("Client", "no UsernameToken", subcode="InvalidSecurity")
    created = token.findtext(f"{{{WSU}}}Created") or ""
    nonce = base64.b64decode(token.findtext(f"{{{WSSE}}}Nonce") or "")
    held = token.find(f"{{{WSSE}}}Password")
    made = base64.b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode()
    kind, wanted = (f"{PROFILE}#PasswordDigest", made) if digested else (f"{PROFILE}#PasswordText", password)
    same = held is not None and hmac.compare_digest((held.text or "").encode(), wanted.encode())
    if not same or held.get("Type") != kind or token.findtext(f"{{{WSSE}}}Username") != user:
        raise SoapFault("Client", "wrong token", subcode="FailedAuthentication")
    if abs(datetime.now(UTC) - datetime.fromisoformat(created)) > timedelta(minutes=5) or nonce in seen:
        raise SoapFault("Client", "used or stale token", subcode="MessageExpired")
    seen.add(nonce)


def make_token(user: str, password: str, at: datetime, nonce: bytes) -> Any:
    """A Security header with a digested UsernameToken."""
    security = etree.Element(f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
    token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken")
    created = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    etree.SubElement(token, f"{{{WSSE}}}Username").text = user
    held = etree.SubElement(token, f"{{{WSSE}}}Password", Type=f"{PROFILE}#PasswordDigest")
    held.text = base64.b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode()
    told = etree.SubElement(token, f"{{{WSSE}}}Nonce", EncodingType=f"{_OASIS}soap-message-security-1.0#Base64Binary")
    told.text = base64.b64encode(nonce).decode()
    etree.SubElement(token, f"{{{WSU}}}Created").text = created
    return security
