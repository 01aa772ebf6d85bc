"""The demo's processes: the stands as one process, the gateway under its own supervisor."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from gateway.demo import smev
from gateway.demo.feed import CHANNELS, RECIPIENTS, SPARE
from gateway.demo.memory import measure_tree
from gateway.engines.child import spawn
from gateway.settings import read_settings
from gateway.supervisor import Broken, Supervisor

#: Seconds that the stands and the gateway may take to answer. Generous: the machine may be busy.
START_S = 120.0


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stage:
    folder: Path
    mappings: Path
    workers: int = 1
    stands: "subprocess.Popen[bytes] | None" = None
    supervisor: Supervisor | None = None
    base: str = ""
    gateway: str = ""
    signing: str = ""  # how SMEV messages are signed on this machine
    peak: int = 0

    def start(self) -> None:
        """Raises Broken, EngineError, OSError and RuntimeError, each with what a person needs to know."""
        os.environ.update(smev.name_files(self.folder / "smev"))
        self.signing = smev.make_keys(self.folder / "smev")
        ports = find_port(), find_port()
        self.base, self.gateway = (f"http://127.0.0.1:{port}" for port in ports)
        command = [sys.executable, "-m", "stand", "--port", str(ports[0]), "--gateway", self.gateway]
        words = [*command, "--state", str(self.folder / "books")]
        self.stands = spawn(words, self.folder / "stands.log", death=signal.SIGTERM)
        from stand.accounts import environment

        os.environ.update(environment(self.base, [*CHANNELS, *RECIPIENTS, *SPARE]))
        os.environ |= {
            "TSUR_PORT": str(ports[1]), "TSUR_STATE_DIR": str(self.folder / "state"),
            "TSUR_MAPPINGS_DIR": str(self.mappings),
        }  # fmt: skip
        self._await(f"{self.base}/_book", "the stands", self._watch_stands)
        os.environ.update(smev.trust_stands(self.folder / "smev", self.base))
        smev.shorten_waits(self.base)
        self.supervisor = Supervisor(read_settings(), self.workers)
        self.supervisor.start()
        self._await(f"{self.gateway}/health/ready", "the gateway", self.supervisor.revive)

    def _await(self, url: str, what: str, watch: Callable[[], None]) -> None:
        """`watch` raises Broken when waiting has no sense."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            try:
                with urlopen(url, timeout=2):  # noqa: S310  (our own loopback address)
                    return
            except OSError:
                watch()
                time.sleep(0.1)
        raise Broken(f"{what} did not answer at {url} in {START_S:.0f} s")

    def _watch_stands(self) -> None:
        if self.stands is not None and self.stands.poll() is not None:
            raise Broken(f"the stands ended with {self.stands.returncode}", self.folder / "stands.log")

    def send(self, appeals: list[dict[str, Any]]) -> None:
        body = json.dumps({"appeals": appeals, "concurrency": 4}).encode()
        request = Request(f"{self.base}/_control/channel/send", body, {"content-type": "application/json"})  # noqa: S310
        with urlopen(request, timeout=60):  # noqa: S310
            pass

    def read_books(self) -> dict[str, dict[str, int]]:
        with urlopen(f"{self.base}/_book", timeout=30) as reply:  # noqa: S310
            books: dict[str, dict[str, int]] = json.load(reply)
        return books

    def read_book(self, name: str) -> dict[str, Any]:
        with urlopen(f"{self.base}/_book/{name}", timeout=30) as reply:  # noqa: S310
            book: dict[str, Any] = json.load(reply)
        return book

    def watch(self) -> None:
        """Restarts what died and notes the memory of all processes but the stands."""
        if self.supervisor is not None:
            self.supervisor.revive()
        self.peak = max(self.peak, measure_tree(os.getpid(), self.stands.pid if self.stands else None))

    def stop_gateway(self) -> None:
        if self.supervisor is not None and not self.supervisor.stopping:
            self.supervisor.stop()

    def stop(self) -> None:
        self.stop_gateway()
        if self.stands is not None:
            self.stands.terminate()
            self.stands.wait(10)
