"""A gateway that cannot run says so, with the log of what ended, and does not try for ever."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.settings import Settings
from gateway.supervisor import RESTART_S, STEADY_S, TRIES, Broken, Life, Supervisor

#: Only the web needs this library.
WEBS_OWN = "prometheus_client"


@pytest.fixture
def broken(tmp_path: Path) -> dict[str, str]:
    """An environment in which the web process ends while it starts."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / f"{WEBS_OWN}.py").write_text("raise ImportError('spoilt on purpose')\n", "utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TSUR_")}
    return clean | {"PYTHONPATH": str(modules), "TMPDIR": str(tmp_path), "TSUR_STATE_DIR": str(tmp_path / "state")}


def run(environment: dict[str, str], *words: str, folder: Path | None = None) -> tuple[int, list[str]]:
    command = [sys.executable, "-m", "gateway", *words]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stderr.splitlines()


def test_up_ends_with_the_log_of_a_process_that_cannot_start(broken: dict[str, str], tmp_path: Path) -> None:
    code, said = run(broken, "up")
    assert code == 1
    assert said[-1] == (
        f"tsur: web ended with 1, {TRIES} times in a row, so the gateway does not start; "
        f"its log: {tmp_path / 'state' / 'logs' / 'web.log'}"
    )
    assert "  | ImportError: spoilt on purpose" in said
    assert not any("Traceback" in line for line in said if not line.startswith("  | "))


def test_the_demo_ends_so_too_and_keeps_its_folder(broken: dict[str, str], tmp_path: Path) -> None:
    code, said = run(broken, "demo", folder=tmp_path)  # from any folder it finds its own examples
    assert code == 1
    assert "  | ImportError: spoilt on purpose" in said
    assert said[-2].startswith(f"tsur: web ended with 1, {TRIES} times in a row")
    (folder,) = tmp_path.glob("tsur-demo-*")
    assert said[-1] == f"ledger, logs and books are in {folder}"
    assert (folder / "state" / "logs" / "web.log").exists()


def test_a_configuration_that_does_not_pass_is_told_and_nothing_starts(broken: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "routes.yaml").write_text("version: 1\nrules: nonsense\n", "utf-8")
    code, said = run(broken | {"TSUR_MAPPINGS_DIR": str(tmp_path / "mappings")}, "up")
    assert code == 1
    assert said[-1].startswith("tsur: `tsur apply ")
    assert not (tmp_path / "state" / "logs").exists()


def end(life: Life, code: int, after: float) -> None:
    now = time.monotonic()
    life.started = now - after
    Supervisor(Settings())._judge("web", life, code, now)


def test_who_worked_once_is_started_for_ever_at_growing_intervals() -> None:
    life = Life(0.0)
    end(life, 1, STEADY_S + 1)
    for number in range(TRIES + 5):
        end(life, 1, 0.1)
        assert life.pause == min(30.0, RESTART_S * 2**number)


def test_a_kill_from_outside_is_no_failure() -> None:
    life = Life(0.0)
    for _ in range(TRIES + 1):
        end(life, -9, 0.1)
    assert life.pause == RESTART_S
    with pytest.raises(Broken):
        for _ in range(TRIES):
            end(life, 1, 0.1)
