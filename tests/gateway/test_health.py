"""Health and readiness say what an operator must know, and take it back by themselves."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gateway import monitor, readiness
from gateway.bootstrap import make_runtime, open_parts
from gateway.cli import app
from gateway.commands import register
from gateway.demo.stage import find_port
from gateway.settings import read_settings
from ledger import lanes
from tests.gateway.town import RECIPIENT, Town
from tests.waiting import wait_for
from workers.runtime import Runtime

ROOT = Path(__file__).parents[2]
register(app)


@pytest.fixture
def folder(tmp_path: Path, town: Town, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Active mappings; the ledger is empty but for them."""
    monkeypatch.setenv("TSUR_REDIS_URL", redis_url)
    made = shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    assert CliRunner().invoke(app, ["apply", str(made)]).exit_code == 0
    return made


@pytest.fixture
def runtime(folder: Path) -> Iterator[Runtime]:
    made = make_runtime(open_parts(read_settings()), "web")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def web(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    os.environ["TSUR_PORT"] = str(find_port())
    process = subprocess.Popen([sys.executable, "-m", "gateway", "web"], stderr=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()
    del os.environ["TSUR_PORT"]


def test_a_web_whose_disk_is_full_is_not_ready_until_there_is_room(web: "subprocess.Popen[bytes]") -> None:
    """What it reads still answers; nothing that arrives could be kept."""

    def ask() -> tuple[int, str]:
        try:
            reply = httpx.get(f"http://127.0.0.1:{os.environ['TSUR_PORT']}/health/ready", timeout=10)
            return reply.status_code, reply.text
        except httpx.TransportError:
            return 0, ""

    wait_for(lambda: ask()[0] == 200, 30)
    limits = resource.prlimit(web.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(web.pid, resource.RLIMIT_FSIZE, (0, limits[1]))  # no file of this process takes a byte more
    wait_for(lambda: ask()[0] == 503, 30)
    assert "nothing could be written" in ask()[1]
    assert "SQLITE" in ask()[1], "why, in the database's own word"
    resource.prlimit(web.pid, resource.RLIMIT_FSIZE, limits)
    wait_for(lambda: ask()[0] == 200, 30)


def test_a_ledger_with_little_room_beside_it_is_not_ready(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    assert readiness.find_obstacle(runtime) is None
    monkeypatch.setattr(readiness, "ROOM", 1 << 62)  # more than any disk has
    assert "the disk is full" in str(readiness.find_obstacle(runtime))


def test_a_gateway_without_a_configuration_says_so(town: Town, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSUR_REDIS_URL", redis_url)
    bare = make_runtime(open_parts(read_settings()), "web")
    assert "tsur apply" in str(readiness.find_obstacle(bare))


def test_a_removed_system_is_not_up(runtime: Runtime, folder: Path, town: Town) -> None:
    """It is shown only while something still waits for it, and never as `up`."""
    assert monitor.report(runtime)["systems"][RECIPIENT]["state"] == "up"
    (folder / "systems" / f"{RECIPIENT}.yaml").unlink()
    (folder / "routes.yaml").write_text("version: 1\nfallback: {to: ministry}\n")
    assert CliRunner().invoke(app, ["apply", str(folder)]).exit_code == 0
    runtime.site()
    assert RECIPIENT not in monitor.report(runtime)["systems"]
    assert "ministry" in monitor.report(runtime)["systems"]
    assert f'system="{RECIPIENT}"' not in _line(runtime, "tsur_system_up")
    town.open_case("Иванов")  # its filing waits
    assert monitor.report(runtime)["systems"][RECIPIENT]["state"] == "removed"


def test_doubts_about_a_mapping_are_shown_as_long_as_they_stand(runtime: Runtime) -> None:
    for doubts in (["`next` of `answer` tells no cursor"], []):
        with runtime.store.write() as tx:
            assert lanes.note_doubts(tx, RECIPIENT, doubts)
            assert not lanes.note_doubts(tx, RECIPIENT, doubts), "told once"
        assert monitor.report(runtime)["systems"][RECIPIENT]["doubts"] == doubts


def _line(runtime: Runtime, name: str) -> str:
    return "\n".join(line for line in monitor.measure(runtime).decode().splitlines() if line.startswith(name))
