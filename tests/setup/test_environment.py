"""The setup, run for real on a tiny project that needs no registry."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
BACKEND = """
import time, zipfile
from pathlib import Path

def build_editable(folder, settings=None, metadata=None):
    open("builds", "a").write("x")
    time.sleep(float(Path("slow").read_text()) if Path("slow").exists() else 0)
    info = "tiny-1.dist-info/"
    with zipfile.ZipFile(Path(folder) / "tiny-1-py3-none-any.whl", "w") as wheel:
        for module in ("gateway", "typer"):
            wheel.writestr(module + ".py", "")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return "tiny-1-py3-none-any.whl"
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with our setup and nothing to download."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "backend.py").write_text(BACKEND)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    for name in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).write_text("# nothing\n")
    return tmp_path


def start(project: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-I", str(project / "scripts" / "environment.py")]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)


def set_up(project: Path) -> str:
    """What it said."""
    process = start(project)
    said = process.communicate()[1]
    assert process.returncode == 0, said
    return said


def builds(project: Path) -> int:
    path = project / "builds"
    return len(path.read_text()) if path.exists() else 0


def test_it_makes_the_environment_once_and_again_when_a_lock_file_changed(project: Path) -> None:
    assert "making .venv" in set_up(project)
    assert set_up(project) == ""
    with (project / "requirements.lock").open("a") as lock:
        lock.write("# another version\n")
    assert "installing" in set_up(project)
    assert builds(project) == 2


def test_two_at_once_do_the_work_once(project: Path) -> None:
    (project / "slow").write_text("1")
    first, second = start(project), start(project)
    said = first.communicate()[1] + second.communicate()[1]
    assert (first.returncode, second.returncode) == (0, 0), said
    assert "waiting for it" in said
    assert builds(project) == 1


def test_after_a_kill_the_next_one_starts_over(project: Path) -> None:
    (project / "slow").write_text("60")
    process = start(project)
    wait_for(lambda: builds(project) == 1, 60)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    (project / "slow").unlink()
    assert "interrupted, starting over" in set_up(project)
    assert set_up(project) == ""


def test_a_pip_that_outlives_a_killed_setup_is_waited_for(project: Path) -> None:
    (project / "slow").write_text("3")
    process = start(project)
    wait_for(lambda: builds(project) == 1, 60)
    process.kill()
    process.wait()
    began = time.monotonic()
    assert "waiting for it" in set_up(project)
    assert time.monotonic() - began > 2


def test_an_environment_whose_python_is_gone_is_made_anew(project: Path) -> None:
    set_up(project)
    python = project / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/no/such/python")
    assert "making .venv" in set_up(project)


def test_without_a_new_enough_python_it_says_what_to_do(project: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    for tool in ("sh", "dirname"):
        (bare / tool).symlink_to(shutil.which(tool) or "")
    script = project / "scripts" / "env.sh"
    script.write_text(script.read_text().replace(" /usr/bin/python3", ""))
    done = subprocess.run([project / "scripts" / "test"], env={"PATH": str(bare)}, capture_output=True, text=True)
    assert done.returncode == 1
    assert "no Python 3.11" in done.stderr and "TSUR_PYTHON" in done.stderr


def test_what_it_says_stays_off_the_output(project: Path) -> None:
    probe = project / "scripts" / "probe"
    probe.write_text('#!/bin/sh\nset -eu\n. "$(dirname -- "$0")/env.sh"\necho "$VENV"\n')
    probe.chmod(0o755)
    done = subprocess.run(
        [probe], cwd="/", env=os.environ | {"TSUR_PYTHON": sys.executable}, capture_output=True, text=True
    )
    assert done.stdout == f"{project / '.venv'}\n"
    assert "ready" in done.stderr
