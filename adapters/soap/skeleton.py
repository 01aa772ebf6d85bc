"""A mapping to begin with: every element of an operation, those that are demanded with a value in place."""

from collections.abc import Iterator

from adapters.soap.contract import Contract
from adapters.soap.model import Element, Type
from adapters.soap.wsdl import Operation

_HEAD = """# Made from {wsdl}, operation {operation}. Replace what says FIXME, then run `tsur check`.
version: 1
system: {system}
title: {system}
adapter: soap
roles: [recipient]
mode: shadow
zone: Asia/Yekaterinburg
connect:
  base_url: {{env: TSUR_URL_{upper}, else: "{address}"}}
  wsdl: {wsdl}
  pin: {pin}
  service: {service}
  port: {port}
  # security: {{by: username, user: {{secret: {upper}_USER}}, password: {{secret: {upper}_PASSWORD}}, digest: true}}
  # faults: {{code: FaultElement/Code, retry: [BUSY], permanent: [INVALID]}}
out:
  forward:
    discloses: []                    # FIXME: text, place, name, contacts: what the values below read
    steps:
      - create:
          operation: {operation}
          idempotent: true           # FIXME: only if a repeat changes nothing; else give `find:` beside `steps:`
"""
_TAIL = """unseen: ["*"]                       # FIXME: add `examples:` and take this away
"""
#: A right word of each built-in type; what it is not for, the engineer sees.
_WORDS = {
    "boolean": "false", "date": "2026-01-01", "dateTime": "2026-01-01T00:00:00Z", "time": "00:00:00",
    "base64Binary": "RklYTUU=", "hexBinary": "00", "anyURI": "urn:fixme", "gYear": "2026", "duration": "P1D",
    "decimal": "1", "float": "1", "double": "1",
}  # fmt: skip
_DEPTH = 8


def write_skeleton(contract: Contract, operation: Operation, system: str) -> str:
    """Passes `tsur check` when the WSDL stands where `wsdl:` says."""
    head = _HEAD.format(
        wsdl=contract.shelf.wsdl, operation=operation.name, system=system, upper=system.upper().replace("-", "_"),
        address=contract.port.address, pin=contract.pin, service=contract.port.service, port=contract.port.name,
    )  # fmt: skip
    lines = list(_write_content(operation.request.type, 12, 0)) if operation.request else []
    message = ["          message:", *lines] if any(not _is_comment(line) for line in lines) else lines
    receipt = _find_receipt(operation.reply)
    tail = _TAIL if receipt else ""  # nothing else is ever unseen
    return head + "\n".join([*message, *([f"          receipt: {receipt}"] if receipt else [])]) + "\n" + tail


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _write_content(kind: Type, indent: int, depth: int) -> Iterator[str]:
    pad = " " * indent
    for attribute in kind.attributes.values():
        line = f'"@{attribute.name}": {_quote(_word(attribute.type))}'
        yield f"{pad}{'' if attribute.required else '# '}{line}  # {describe(attribute.type)}"
    needed = {one.name for one in kind.content.required()} if kind.content else set()
    for element in kind.elements():
        if element.name not in needed:
            yield f"{pad}# {element.name}: optional{_describe(element)}"
        elif element.type.base or not list(element.type.elements()):
            yield from _write_leaf(element, indent)
        elif depth < _DEPTH:
            yield f"{pad}{element.name}:{'  # ' + _count(element) if _count(element) else ''}"
            yield from _write_content(element.type, indent + 2, depth + 1)


def _write_leaf(element: Element, indent: int) -> Iterator[str]:
    pad, word = " " * indent, _quote(_word(element.type))
    attributes = [one for one in element.type.attributes.values() if one.required]
    if not attributes:
        yield f"{pad}{element.name}: {word}  # FIXME: {{from: …}};{_describe(element)}"
        return
    yield f"{pad}{element.name}:"
    for one in attributes:
        yield f'{pad}  "@{one.name}": {_quote(_word(one.type))}'
    yield f'{pad}  "#text": {word}  # FIXME: {{from: …}};{_describe(element)}'


def _quote(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _word(kind: Type) -> str:
    if kind.words:
        return kind.words[0]
    if "nteger" in kind.base or kind.base in ("int", "long", "short", "byte") or kind.base.startswith("unsigned"):
        return kind.limits.get("minInclusive", "1")
    return _WORDS.get(kind.base, "FIXME")


def _find_receipt(reply: Element | None) -> str:
    for one in reply.type.elements() if reply else ():
        if one.type.base:
            return one.name + ("" if one.least else "?")
    return ""


def describe(kind: Type) -> str:
    """`string, maxLength 4000`, or the words that are allowed."""
    if kind.words:
        return "one of " + ", ".join(kind.words)
    limits = [f"{name} {value}" for name, value in kind.limits.items()]
    return ", ".join([kind.base or kind.name or "elements", *limits])


def _count(element: Element) -> str:
    return "" if element.most == 1 else "repeated" if element.most is None else f"up to {element.most}"


def _describe(element: Element) -> str:
    return " " + ", ".join(part for part in (describe(element.type), _count(element)) if part)
