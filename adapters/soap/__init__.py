"""Any SOAP 1.1 or 1.2 service by its WSDL and YAML alone: delivered to, polled, followed, asked, called by."""

from dataclasses import replace

from adapters.auth import Scheme
from adapters.changes import read_changes
from adapters.composed import Base, Parts, compose
from adapters.contract import Tools
from adapters.errors import Unavailable
from adapters.following import Follower
from adapters.line import Line
from adapters.mapped import Mapped
from adapters.polling import Poller
from adapters.soap.calls import SoapAsker, SoapRunner
from adapters.soap.checking import check
from adapters.soap.contract import Contract
from adapters.soap.line import Secured, SoapLine
from adapters.soap.listening import SoapListener, make_listener
from adapters.soap.security import Seal, Token
from adapters.soap.settings import WEBHOOK, Security, Settings, UsernameToken, open_incoming, open_pinned
from adapters.soap.shelf import BadContract
from adapters.soap.signature import CertificateSeal

__all__ = ["CAPABILITIES", "TITLE", "WEBHOOK", "Settings", "build", "check"]

TITLE = "any SOAP 1.1 or 1.2 service, by WSDL and YAML alone"
CAPABILITIES = frozenset({"polls", "follows", "listens", "delivers", "finds", "fetches"})


def build(mapping: Mapped, settings: Settings, tools: Tools) -> Base:
    """Implements what the mapping's text asks for. Raises Unavailable when it cannot be connected now."""
    try:
        contract = open_pinned(settings, tools.files)
        incoming = open_incoming(settings, tools.files) if mapping.webhooks else contract
    except BadContract as error:
        raise Unavailable(f"{mapping.system}: cannot be connected: {error}") from None

    def speak(parts: Parts) -> Parts:
        return _speak_soap(parts, mapping, settings, contract, tools)

    def listen(mapping: Mapped, tools: Tools) -> SoapListener:
        return make_listener(mapping, settings, incoming, tools)

    return compose("Soap", mapping, settings, tools, speak, listen if mapping.webhooks else None)


def _speak_soap(parts: Parts, mapping: Mapped, settings: Settings, contract: Contract, tools: Tools) -> Parts:
    if parts.line is None:
        return parts
    line = _make_line(parts.line, settings, contract, tools)

    def asker(kind: str) -> SoapAsker:
        return SoapAsker(line, read_changes(mapping, kind).zone, tools.secret)

    return replace(
        parts,
        line=line,
        runner=SoapRunner(line, mapping, tools) if parts.runner else None,
        poller=Poller([replace(one, line=line, asker=asker(one.kind)) for one in parts.poller.kinds]),
        follower=Follower([replace(one, line=line, asker=asker(one.kind)) for one in parts.follower.kinds]),
    )


def _make_line(line: Line, settings: Settings, contract: Contract, tools: Tools) -> SoapLine:
    seals = tuple(_make_seal(one, tools) for one in settings.security)
    scheme: Scheme = Secured(line.scheme, seals, tools.now)
    return SoapLine(line.wire, scheme, line.headers, settings, contract, seals, tools.now)


def _make_seal(rules: Security, tools: Tools) -> Seal:
    if isinstance(rules, UsernameToken):
        return Token(rules, tools.secret)
    return CertificateSeal(rules, tools.secret)
