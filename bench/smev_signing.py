"""Signed SMEV requests per second and checks of 16 KB messages, on one core.

    .venv/bin/python bench/smev_signing.py [--provider engine] [--seconds 3]

Prints JSON: rates, and their ratio to what issue 3 asks for (400 signed, 700 checked).
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from lxml import etree

from adapters.smev.signing import Place, Signer, Trust, open_provider, transform, verify
from adapters.smev.signing.issuing import Wish, make_pair

S, T = "http://schemas.xmlsoap.org/soap/envelope/", "urn:types"
PLACE = Place((f"{{{S}}}Body", f"{{{T}}}Send", f"{{{T}}}Caller"), ((f"{{{T}}}Sent",),))
ROW = "<t:Row n='{n}'><t:Name>Обращение №{n}</t:Name><t:Text>Третью неделю не горит фонарь &amp; темно</t:Text></t:Row>"


def make_message(size: int) -> bytes:
    """A request whose content fills it up to about `size` bytes."""
    rows = "".join(ROW.format(n=n) for n in range(max(1, (size - 3000) // len(ROW.encode()))))
    sent = f'<t:Sent Id="A">{rows}</t:Sent>'
    send = f"<t:Send>{sent}<t:Caller/></t:Send>"
    return f'<s:Envelope xmlns:s="{S}" xmlns:t="{T}"><s:Body>{send}</s:Body></s:Envelope>'.encode()


def sign(message: bytes, signer: Signer) -> bytes:
    """From the element's bytes to the bytes on the wire."""
    root = etree.fromstring(message)
    root.find(f".//{{{T}}}Caller").append(signer.sign(root.find(f".//{{{T}}}Sent")))
    made: bytes = etree.tostring(root, encoding="utf-8")
    return made


def rate(work: Callable[[], object], seconds: float) -> dict[str, float]:
    """Per second of this process's own time, and by the clock (other load on the machine shows there)."""
    work()
    count, wall, cpu = 0, perf_counter(), process_time()
    while perf_counter() - wall < seconds:
        work()
        count += 1
    return {
        "per_cpu_second": round(count / (process_time() - cpu), 1),
        "per_second": round(count / (perf_counter() - wall), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--provider", default="engine")
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    provider = open_provider(options.provider)
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder) / "key.pem", Path(folder) / "cert.pem"
        trust = Trust((make_pair(key, certificate, Wish("bench"), provider),))
        signer = Signer.open(key, certificate, provider)
        small, large = make_message(6_000), sign(make_message(16_384), signer)
        element = etree.fromstring(large).find(f".//{{{T}}}Sent")
        signed = rate(lambda: sign(small, signer), options.seconds)
        checked = rate(lambda: verify(large, PLACE, trust, provider), options.seconds)
        figures = {
            "provider": provider.name,
            "request_bytes": len(small),
            "message_bytes": len(large),
            "signed": signed,
            "checked": checked,
            "transformed": rate(lambda: transform(element), options.seconds),
            "signed_ratio": round(signed["per_cpu_second"] / 400, 2),
            "checked_ratio": round(checked["per_cpu_second"] / 700, 2),
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
