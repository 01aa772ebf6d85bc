"""A mapping to begin with: every element of an operation, those that are demanded with a value in place."""

from adapters.http import check_base
from adapters.soap.contract import Contract
from adapters.soap.model import Element
from adapters.soap.outline import Outline, comment
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
  base_url: {base}
  wsdl: {wsdl}
  pin: {pin}
  service: {service}
  port: {port}
  # security: {{by: username, user: {{secret: {upper}_USER}}, password: {{secret: {upper}_PASSWORD}}, digest: true}}
  # faults: {{code: {fault}, retry: [BUSY], permanent: [INVALID]}}
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

#: How deep a receipt, or a fault's code, is looked for.
_DEPTH = 4


def write_skeleton(contract: Contract, operation: Operation, system: str) -> str:
    """Passes `tsur check` when the WSDL stands where `wsdl:` says."""
    head = _HEAD.format(
        wsdl=contract.shelf.wsdl, operation=operation.name, system=system, upper=system.upper().replace("-", "_"),
        base=_write_base(system, contract.port.address), pin=contract.pin, service=contract.port.service,
        port=contract.port.name,
        fault=_write_faults(operation),
    )  # fmt: skip
    outline = Outline(contract.schemas)
    lines = list(outline.body(operation.request, 12)) if operation.request else []
    message = ["          message:", *lines] if lines else []
    if lines and all(line.lstrip().startswith("#") for line in lines):
        message = list(comment(message, 10))
    if operation.headers:
        header = [line for one in operation.headers for line in outline.element(one, 12)]
        message += comment(["          soap_header:", *header], 10)
    receipt = _find_receipt(operation.reply)
    tail = _TAIL if receipt else ""  # nothing else is ever unseen
    return head + "\n".join([*message, *([f"          receipt: {receipt}"] if receipt else [])]) + "\n" + tail


def _write_base(system: str, address: str) -> str:
    """The WSDL's own address only where it may be called as it is: many name plain http, or nothing at all."""
    name = f"TSUR_URL_{system.upper().replace('-', '_')}"
    try:
        check_base(address.rstrip("/"), plain_http=False)
    except ValueError:
        said = f"  # the WSDL says {address}: use https, or add `plain_http: true`" if address.isprintable() else ""
        return f"{{env: {name}}}{said if address else ''}"
    return f'{{env: {name}, else: "{address}"}}'


def _write_faults(operation: Operation) -> str:
    """Where a declared fault has a text that may be its code."""
    for fault in operation.faults:
        found = _find_texts(fault)
        code = next((path for path in found if "code" in path.lower()), next(iter(found), ""))
        if code:
            return f"{fault.name}/{code.removesuffix('?')}"
    return "FaultElement/Code"


def _find_receipt(reply: Element | None) -> str:
    """The first text of a reply, as a path."""
    return next(iter(_find_texts(reply)), "") if reply is not None else ""


def _find_texts(element: Element) -> list[str]:
    """Paths of texts inside, nearest first; with `?` where one may be absent."""
    found: list[str] = []
    level = [("", element, True)]
    for _ in range(_DEPTH):
        below = [(path + one.name, one, sure and bool(one.least))
                 for path, at, sure in level for one in at.type.elements()]  # fmt: skip
        found += [path + ("" if sure else "?") for path, one, sure in below if one.type.base]
        level = [(path + "/", one, sure) for path, one, sure in below if not one.type.base and one.most == 1]
    return found
