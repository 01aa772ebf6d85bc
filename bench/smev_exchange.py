"""Full exchanges through one SMEV lane: SendRequest, GetResponse, Ack, each signed and checked on both sides.

`python bench/smev_exchange.py [--count 300] [--threads 4]`. The stand runs as a process of its own. The gateway's seal
is libgcrypt's here (the stand's own module), about 2 ms a signature: the engine of OpenSSL is some twenty times faster.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from adapters import smev  # noqa: E402
from adapters.contract import Tools  # noqa: E402
from adapters.smev.settings import Settings  # noqa: E402
from canonical.delivery import AppealView, CaseView, Delivery, Intent, Scope  # noqa: E402
from canonical.mapping import load  # noqa: E402
from stand.smev import gost  # noqa: E402
from stand.smev.certificate import make_certificate, read_pem  # noqa: E402
from stand.smev.signature import Signer  # noqa: E402
from tests.adapters.test_smev import StandSeal  # noqa: E402

MAPPING = ROOT / "tests" / "adapters" / "systems" / "smev_ministry.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--threads", type=int, default=4)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        key = gost.make_key()
        signer = Signer(key, make_certificate("gateway", key))
        Path(folder, "gateway.pem").write_bytes(signer.certificate.pem)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = os.environ | {"SMEV_SENDERS": folder, "PYTHONPATH": str(ROOT)}
        stands = subprocess.Popen([sys.executable, "-m", "stand", "--port", str(port)], env=environment)
        try:
            run(f"http://127.0.0.1:{port}/smev_ministry", signer, chosen.count, chosen.threads)
        finally:
            stands.terminate()
            stands.wait(10)


def run(base: str, signer: Signer, count: int, threads: int) -> None:
    theirs = read_pem(wait_for(f"{base}/certificate")).der
    ask(base, {"delay": [0, 0], "shares": {"silent": 0, "declined": 1, "postponed": 0, "interim": 0}})
    mapping = load(MAPPING.read_text(encoding="utf-8"), str(MAPPING))
    settings = dict(mapping.settings) | {
        "base_url": base, "timeouts": {"total": "30s"}, "limits": {"concurrency": str(threads)}
    }  # fmt: skip
    seal = StandSeal(signer, {theirs})
    adapter: Any = smev.build(mapping, Settings.model_validate(settings), Tools(str, lambda digest: b""), seal)
    deliveries = [make_delivery(mapping, f"b-{number}") for number in range(count)]
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        numbers = {receipt.number for receipt in pool.map(adapter.deliver, deliveries)}
    sent = time.perf_counter()
    documents = 0
    while True:
        batch = adapter.poll(None)
        adapter.confirm(batch)
        documents += len(batch.documents)
        if not batch.documents and documents >= count:
            break
    ended = time.perf_counter()
    adapter.close()
    assert len(numbers) == count
    calls = count + 2 * documents
    print(json.dumps({
        "requests": count, "responses": documents, "seconds": round(ended - began, 2),
        "requests_per_s": round(count / (sent - began), 1),
        "responses_per_s": round(documents / (ended - sent), 1),
        "signed_calls_per_s": round(calls / (ended - began), 1),
        "exchanges_per_s": round(1 / ((sent - began) / count + (ended - sent) / documents), 1),
    }))  # fmt: skip


def make_delivery(mapping: Any, id: str) -> Delivery:
    scope = Scope(
        delivery_id=id, intent=Intent.forward, system=mapping.system,
        case=CaseView(id="c", state="routed", text="Во дворе не горит фонарь. " * 40),
        appeal=AppealView(id="a", system="x", external_id="e"),
    )  # fmt: skip
    return Delivery(id=id, system=mapping.system, intent=Intent.forward, plan=mapping.render("forward", scope))


def wait_for(url: str) -> bytes:
    until = time.monotonic() + 20
    while True:
        try:
            with urlopen(url, timeout=5) as reply:
                return bytes(reply.read())
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def ask(base: str, wishes: dict[str, Any]) -> None:
    url = base.replace("/smev_ministry", "/_control/smev_ministry")
    urlopen(Request(url, json.dumps(wishes).encode(), {"Content-Type": "application/json"}), timeout=5).close()


if __name__ == "__main__":
    main()
