"""Makes `.venv` in the project's root ready for work; a no-op when it already is.

Needs Linux and Python 3.11, nothing installed: this file and its neighbours use the standard library only.
Safe to interrupt and to run twice at once.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from installer import REMEDY, Failure, find_installer, install, run_quietly, say

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = (ROOT / "requirements.lock", ROOT / "requirements-dev.lock")
#: Holds the stamp of what was installed; written last.
READY = VENV / "ready"
#: Exists while an installation is under way; left behind by an interrupted one.
UNFINISHED = VENV / "unfinished"


def main() -> None:
    if is_ready():
        return
    with sole_setup():
        if not is_ready():  # another setup may have done it while we waited
            make_ready()


def stamp() -> str:
    """Changes with everything that decides what has to be installed."""
    content = b"\0".join(path.read_bytes() for path in (*LOCKS, ROOT / "pyproject.toml"))
    return hashlib.sha256(content + str(ROOT).encode()).hexdigest()


def is_ready() -> bool:
    return READY.exists() and READY.read_text() == stamp() and works()


def works() -> bool:
    """Whether `.venv` has the packages for the Python that it runs: an upgrade of the system's Python breaks it."""
    probe = "import sys, importlib.util as u; sys.exit(not (u.find_spec('gateway') and u.find_spec('typer')))"
    return PYTHON.exists() and subprocess.run([PYTHON, "-I", "-c", probe]).returncode == 0


@contextmanager
def sole_setup() -> Iterator[None]:
    """One setup at a time. The lock is on the folder itself, so it leaves no file, and ends with us and our pip."""
    folder = os.open(ROOT, os.O_RDONLY)
    os.set_inheritable(folder, True)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another setup is at work here, waiting for it")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def make_ready() -> None:
    READY.unlink(missing_ok=True)
    make_venv()
    UNFINISHED.touch()
    pip = find_installer(PYTHON)
    install(pip, LOCKS, VENV / "setup.log")
    run_quietly([*pip, "install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], VENV / "setup.log")
    UNFINISHED.unlink()
    READY.write_text(stamp())
    say("ready: .venv/bin/tsur")


def make_venv() -> None:
    if UNFINISHED.exists():
        say("the last setup was interrupted, starting over")
        shutil.rmtree(VENV)
    if runs_new_enough():
        return
    version = ".".join(map(str, sys.version_info[:3]))
    say(f"making .venv with Python {version} ({sys.executable})")
    # Without pip: Debian splits ensurepip off, and where it is there, it is the slowest way to get one.
    command = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if made.returncode != 0:
        raise Failure(f"python -m venv failed: {REMEDY}\n{made.stdout}{made.stderr}")


def runs_new_enough() -> bool:
    return PYTHON.exists() and run_code(PYTHON, "import sys; sys.exit(sys.version_info < (3, 11))") == 0


def run_code(python: Path | str, code: str) -> int:
    return subprocess.run([python, "-I", "-c", code], stderr=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"tsur: {failure}")
    except KeyboardInterrupt:
        sys.exit("tsur: interrupted; run it again to go on")
