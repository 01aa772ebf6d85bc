"""Full exchanges through one SMEV lane: SendRequest, GetResponse, Ack, each signed and checked on both sides.

`python bench/smev_exchange.py [--count 300] [--threads 4]`. The stand runs as a process of its own and checks and signs
by GnuTLS; where that is absent, by libgcrypt, about 1 ms each. The gateway's key is made by `openssl` with the engine
`gost`.
`cpu_ms_per_exchange` of both sides tells what two free cores could do, on a machine that others use as well.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from adapters import smev  # noqa: E402
from adapters.contract import Tools  # noqa: E402
from adapters.smev.settings import Settings  # noqa: E402
from canonical.delivery import AppealView, CaseView, Delivery, Intent, Scope  # noqa: E402
from canonical.mapping import load  # noqa: E402

MAPPING = ROOT / "mappings" / "systems" / "smev_ministry.yaml"
REQUEST = "openssl req -engine gost -x509 -newkey gost2012_256 -pkeyopt paramset:A -nodes -subj /CN=gateway -days 30"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--threads", type=int, default=4)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, run_stand(Path(folder)) as base:
        run(f"{base}/smev_ministry", Path(folder), chosen.count, chosen.threads)


@contextmanager
def run_stand(place: Path) -> Iterator[str]:
    """A stand that knows the key it finds in `place`, and whose certificates are trusted there; its address."""
    (place / "trust").mkdir()
    subprocess.run([*REQUEST.split(), "-keyout", place / "private", "-out", place / "gateway.pem"],
                   check=True, capture_output=True)  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"SMEV_SENDERS": str(place), "PYTHONPATH": str(ROOT)}
    stands = subprocess.Popen([sys.executable, "-m", "stand", "--port", str(port)], env=environment)
    try:
        base = f"http://127.0.0.1:{port}"
        for name in ("smev_ministry", "smev_portal"):
            (place / "trust" / f"{name}.pem").write_bytes(wait_for(f"{base}/{name}/certificate"))
        yield base
    finally:
        stands.terminate()
        stands.wait(10)


def run(base: str, place: Path, count: int, threads: int) -> None:
    ask(base, {"delay": [0, 0], "shares": {"silent": 0, "declined": 1, "postponed": 0, "interim": 0}})
    mapping = load(MAPPING.read_text(encoding="utf-8"), str(MAPPING))
    settings = dict(mapping.settings) | {
        "base_url": base, "timeouts": {"total": "30s"}, "limits": {"concurrency": str(threads)},
        "signing": {"key": f"{place}/private", "certificate": f"{place}/gateway.pem", "trust": f"{place}/trust"},
    }  # fmt: skip
    adapter: Any = smev.build(mapping, Settings.model_validate(settings), Tools(str, lambda digest: b""))
    deliveries = [make_delivery(mapping, f"b-{number}") for number in range(count)]
    worked, began = _read_cpu(), time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        numbers = {receipt.number for receipt in pool.map(adapter.deliver, deliveries)}
    sent, worked_for_sending = time.perf_counter(), _read_cpu()
    documents = 0
    while True:
        batch = adapter.poll(None)
        adapter.confirm(batch)
        documents += len(batch.documents)
        if not batch.documents and documents >= count:
            break
    ended, worked_for_all = time.perf_counter(), _read_cpu()
    adapter.close()
    assert len(numbers) == count
    sides = [
        (sending - before) / count + (whole - sending) / documents
        for before, sending, whole in zip(worked, worked_for_sending, worked_for_all, strict=True)
    ]
    calls = count + 2 * documents
    print(json.dumps({
        "requests": count, "responses": documents, "seconds": round(ended - began, 2),
        "requests_per_s": round(count / (sent - began), 1),
        "responses_per_s": round(documents / (ended - sent), 1),
        "signed_calls_per_s": round(calls / (ended - began), 1),
        "exchanges_per_s": round(1 / ((sent - began) / count + (ended - sent) / documents), 1),
        "cpu_ms_per_exchange": {"gateway": round(sides[0] * 1000, 1), "stand": round(sides[1] * 1000, 1)},
        "two_free_cores_per_s": round(2 / sum(sides), 1),
    }))  # fmt: skip


def _read_cpu() -> tuple[float, float]:
    """Seconds of work so far: ours, the stand's."""
    (stand,) = psutil.Process().children()
    times = stand.cpu_times()
    return time.process_time(), times.user + times.system


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
    """`base`: of a stand, or of `channel/send`."""
    root, _, rest = base.removeprefix("http://").partition("/")
    url = f"http://{root}/_control/{rest}"
    urlopen(Request(url, json.dumps(wishes).encode(), {"Content-Type": "application/json"}), timeout=120).close()


if __name__ == "__main__":
    main()
