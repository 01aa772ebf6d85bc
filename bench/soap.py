"""How fast SOAP messages are made and taken, in one process on one core: messages a second of CPU time.

`python bench/soap.py [--seconds 3]`. Out: a rendered delivery to an envelope's bytes, by order, namespaces and strict
validation, with a digested UsernameToken. In: bytes of a call with a token to documents and the reply's bytes.
"""

import argparse
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters import registry
from adapters.contract import Request, Tools
from adapters.soap.contract import open_contract
from canonical.delivery import AppealView, CaseView, Scope
from canonical.mapping import load
from stand.soap.envelope import SOAP11, make_token, write_envelope
from stand.soap.reception import make

FOLDER = Path(__file__).parents[1] / "mappings"
FILES = {
    path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8")
    for suffix in ("yaml", "wsdl", "xsd")
    for path in (FOLDER / "systems").rglob(f"*.{suffix}")
}
NAMES = ("INSPECTION_USER", "INSPECTION_PASSWORD", "RECEPTION_USER", "RECEPTION_PASSWORD", "RECEPTION_INTAKE_PASSWORD")
SECRETS = dict.fromkeys(NAMES, "secret")
TEXT = "Во дворе третий день не горит ни один фонарь, дети ходят в школу в темноте. " * 12


def build(system: str) -> tuple[Any, Any]:
    mapping = load(FILES[f"systems/{system}.yaml"], f"systems/{system}.yaml")
    os.environ[f"TSUR_URL_{system.upper()}"] = "http://127.0.0.1:9"
    return mapping, registry.build(mapping, Tools(SECRETS.__getitem__, lambda digest: b"", files=FILES))


def make_sending() -> Callable[[], int]:
    mapping, adapter = build("inspection")
    runner, line = adapter.parts.runner, adapter.parts.line
    case = CaseView(id="c", state="routed", text=TEXT)
    appeal = AppealView(id="a", system="x", external_id="e")

    def send() -> int:
        scope = Scope(delivery_id="d1", intent="forward", system="inspection", case=case, appeal=appeal)
        call = runner.build(mapping.render("forward", scope).calls[0], {})
        line.scheme.sign(call)
        return len(call.content)

    return send


def make_taking() -> Callable[[], int]:
    _, adapter = build("reception")
    payload = make("SubmitAppeal", Id="r1", Created="2026-02-01T03:05:00+05:00", Phone="8 900 000-12-34", Text=TEXT)

    def take() -> int:
        token = make_token("reception", "secret", datetime.now(UTC), os.urandom(16))
        body = write_envelope(SOAP11, payload, token)
        assert adapter.read(Request("POST", "/soap/reception", {}, {}, body)).status == 200
        return len(body)

    return take


def make_opening() -> Callable[[], int]:
    return lambda: len(open_contract(FILES, "systems/inspection/inspection.wsdl").operations)


def measure(act: Callable[[], int], seconds: float) -> tuple[float, int]:
    """(runs a second of CPU time, bytes of one)."""
    size, runs, began = act(), 0, time.process_time()
    while time.process_time() - began < seconds:
        act()
        runs += 1
    return runs / (time.process_time() - began), size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3)
    chosen = parser.parse_args()
    for name, made in (("out", make_sending()), ("in", make_taking()), ("contracts opened", make_opening())):
        rate, size = measure(made, chosen.seconds)
        print(f"{name:18} {rate:8.0f}/s" + (f"  {size} bytes" if size > 100 else ""))


if __name__ == "__main__":
    main()
