"""SIGTERM ends the web gracefully: its lease is given back, its last documents are committed."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from gateway.bootstrap import open_parts
from gateway.demo.stage import find_port
from gateway.settings import read_settings
from ledger import leases
from tests.waiting import wait_for


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_web_gives_its_lease_back(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    port = find_port()
    more = {"TSUR_STATE_DIR": str(tmp_path / "state"), "TSUR_REDIS_URL": redis_url, "TSUR_PORT": str(port)}
    for name, value in more.items():
        monkeypatch.setenv(name, value)
    store = open_parts(read_settings(), upgrade=True).store

    def answers() -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False

    web = subprocess.Popen([sys.executable, "-m", "gateway", "web"], env=os.environ | more, stderr=subprocess.PIPE)
    try:
        wait_for(answers, 30)
        with store.read() as tx:
            assert [row["role"] for row in leases.list_alive(tx)] == ["web"]
        web.send_signal(number)
        _, said = web.communicate(timeout=30)
    finally:
        web.kill()
    assert web.returncode == 0
    assert b"process.stopped" in said
    with store.read() as tx:
        assert leases.list_alive(tx) == []
    store.close()
