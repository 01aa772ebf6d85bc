"""A file of 50 MB through SMEV by MTOM and by FTP, out and in: what memory it takes beyond what the adapter has anyway.

`python bench/smev_attachment.py [--megabytes 50]`. The stand is a process of its own. The file goes from and to the
real encrypted file store; the figures are the peak of resident memory during the call, less what it was before.
"""

import argparse
import json
import re
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from adapters import smev  # noqa: E402
from adapters.contract import StoredContent, Tools  # noqa: E402
from adapters.smev.settings import Settings  # noqa: E402
from bench.smev_exchange import ask, run_stand, wait_for  # noqa: E402
from canonical.attachment import Attachment  # noqa: E402
from canonical.delivery import AppealView, CaseView, Delivery, Intent, Scope  # noqa: E402
from canonical.mapping import load  # noqa: E402
from ledger.filestore import FileStore  # noqa: E402
from ledger.shelf import Directory  # noqa: E402
from ledger.vault import Vault  # noqa: E402

MB = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=50)
    size = parser.parse_args().megabytes * MB
    with tempfile.TemporaryDirectory() as folder, run_stand(Path(folder)) as base:
        place = Path(folder)
        store = FileStore(Vault({"k": b"k" * 32}, "k", b"s" * 32), Directory(place / "files"))
        figures = {
            "mtom": {"out": measure(lambda: send(base, place, store, size, "mtom")),
                     "in": measure(lambda: receive(base, place, store, size, "mtom"))},
            "ftp": {"out": measure(lambda: send(base, place, store, size, "ftp")),
                    "in": measure(lambda: receive(base, place, store, size, "ftp"))},
        }  # fmt: skip
        arrived = json.loads(wait_for(f"{base}/_book/smev_ministry"))["files"].values()
        assert [one["size"] for each in arrived for one in each] == [size, size]
    print(json.dumps({"megabytes": size // MB} | figures))


def measure(act: Callable[[], Callable[[], None]]) -> dict[str, float]:
    """`act` prepares and gives the call that is measured."""
    call, process, peak, over = act(), psutil.Process(), 0, threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.002):
            peak = max(peak, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    try:
        call()
    finally:
        seconds = time.perf_counter() - began
        over.set()
        watcher.join()
    return {"additional_rss_mb": round((peak - before) / MB, 1), "seconds": round(seconds, 2)}


def build(base: str, place: Path, store: FileStore, name: str, size: int, way: str) -> tuple[Any, Any]:
    path = ROOT / "mappings" / "systems" / f"{name}.yaml"
    mapping = load(path.read_text(encoding="utf-8"), str(path))
    settings = dict(mapping.settings) | {
        "base_url": f"{base}/{name}", "timeouts": {"total": "120s"}, "limits": {"max_bytes": str(size + MB)},
        "attachments": {"most": str(size + MB)} if way == "mtom" else {"ftp": {"address": read_address(base, name)}},
        "signing": {"key": f"{place}/private", "certificate": f"{place}/gateway.pem", "trust": f"{place}/trust"},
    }  # fmt: skip

    def write(pieces: Any) -> tuple[str, int]:
        kept = store.write(pieces)
        return kept.digest, kept.size

    def open_file(digest: str) -> StoredContent:
        return StoredContent(store.size(digest), lambda: store.read(digest))

    tools = Tools(str, lambda digest: b"".join(store.read(digest)), write_file=write, open_file=open_file)
    return mapping, smev.build(mapping, Settings.model_validate(settings), tools)


def read_address(base: str, name: str) -> str:
    return wait_for(f"{base}/{name}/ftp").decode()


def send(base: str, place: Path, store: FileStore, size: int, way: str) -> Callable[[], None]:
    ask(f"{base}/smev_ministry", {"largest": size + MB})
    mapping, adapter = build(base, place, store, "smev_ministry", size, way)
    digest = store.write(make_pieces(size)).digest
    file = Attachment(name="video.mp4", media_type="video/mp4", digest=digest, size=size)
    scope = Scope(
        delivery_id=f"big-{way}", intent=Intent.forward, system=mapping.system,
        case=CaseView(id="c", state="routed", text="Видео двора", files=(file,)),
        appeal=AppealView(id="a", system="x", external_id="e"),
    )  # fmt: skip
    plan = mapping.render("forward", scope)
    assert adapter.check_health().ok
    return lambda: adapter.deliver(
        Delivery(id=f"big-{way}", system=mapping.system, intent=Intent.forward, plan=plan, files=(file,))
    )  # fmt: skip


def receive(base: str, place: Path, store: FileStore, size: int, way: str) -> Callable[[], None]:
    _, adapter = build(base, place, store, "smev_portal", size, way)
    ask(f"{base}/smev_portal", {"aside": way == "ftp"})
    file = {"name": "skan.pdf", "size": size}
    ask(
        f"{base}/channel/send",
        {"appeals": [{"id": f"big-{way}", "channel": "smev_portal", "text": "Скан", "files": [file]}]},
    )
    assert adapter.check_health().ok

    def poll() -> None:
        (document,) = adapter.poll(None).documents
        assert b"digest=" in document.body
        (told,) = re.findall(rb'<File [^>]*size="(\d+)"', document.body)
        assert int(told) >= size
        assert not document.fault

    return poll


def make_pieces(size: int) -> Iterator[bytes]:
    yield b"\0\0\0\x18ftypmp42" + bytes(12)
    for _ in range((size - 24) // 65536):
        yield secrets.token_bytes(65536)
    yield bytes((size - 24) % 65536)


if __name__ == "__main__":
    main()
