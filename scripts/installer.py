"""Finds a pip for an environment and runs it with progress on stderr. Standard library only."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

#: What could lead pip astray: into another folder, or to other modules.
MISLEADING = ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV")
#: How pip's output begins a package: one to fetch, one found on disk, one that is there, one for other machines.
TAKEN_UP = ("Collecting ", "Processing ", "Requirement already", "Ignoring ")
REMEDY = (
    "on Debian and Ubuntu run `apt-get install python3-venv` (or python3-pip), "
    "on Fedora `dnf install python3-pip`; then run this again"
)


class Failure(Exception):
    """The environment cannot be made; the message says why and what to do."""


def say(text: str) -> None:
    print(f"tsur: {text}", file=sys.stderr, flush=True)


def find_installer(python: Path) -> list[str]:
    """The start of a command line that installs into `python`'s environment: with its own pip, another pip, or uv."""
    own = [str(python), "-m", "pip"]
    if _speaks(own):
        return own
    others = ((sys.executable, "-m", "pip"), ("python3", "-m", "pip"), ("/usr/bin/python3", "-m", "pip"), ("pip3",))
    for other in others:
        if _speaks([*other, "--python", str(python)]):  # since pip 22.3
            return [*other, "--python", str(python)]
    if shutil.which("uv"):
        os.environ["VIRTUAL_ENV"] = str(python.parent.parent)
        return ["uv", "pip"]
    say("no pip yet, unpacking the one that came with Python")
    subprocess.run([python, "-m", "ensurepip"], env=_calm(), capture_output=True)
    if _speaks(own):
        return own
    raise Failure(f"no pip to install with: {REMEDY}")


def install(pip: Sequence[str], locks: Iterable[Path], log: Path) -> None:
    """Installs exactly what the lock files name, and nothing that they don't."""
    wanted = count(locks)
    say(f"installing {wanted} packages for Python {platform.python_version()} (a minute or two the first time)")
    command = [*pip, "install", "--no-deps", *(word for lock in locks for word in ("-r", str(lock)))]
    for last in (False, True):
        if _run(command, log, wanted) == 0:
            return
        if not last:
            say("it failed, trying once more")
    raise Failure(f"pip failed; the end of {log}:\n{_tail(log)}")


def run_quietly(command: Sequence[str], log: Path) -> None:
    if _run(command, log, 0) != 0:
        raise Failure(f"{' '.join(command)} failed; the end of {log}:\n{_tail(log)}")


def count(locks: Iterable[Path]) -> int:
    return sum("==" in line for lock in locks for line in lock.read_text().splitlines())


def _speaks(pip: Sequence[str]) -> bool:
    try:
        return subprocess.run([*pip, "--version"], env=_calm(), capture_output=True).returncode == 0
    except OSError:
        return False


def _run(command: Sequence[str], log: Path, wanted: int) -> int:
    """Runs pip with its words in `log`; every package it takes up moves the counter on."""
    taken = 0
    with log.open("a") as copy, _start(command) as pip:
        for line in pip.stdout or ():
            copy.write(line)
            if wanted and line.startswith(TAKEN_UP):
                taken += 1
                _show(taken, wanted)
    if wanted and sys.stderr.isatty():
        print(file=sys.stderr)
    return pip.returncode


def _start(command: Sequence[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        env=_calm(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # It inherits the setup's lock: should we be killed, the next setup waits until pip has ended too.
        close_fds=False,
    )


def _show(taken: int, wanted: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[Ktsur: {taken} of {wanted}", end="", file=sys.stderr, flush=True)
    elif taken % 20 == 0:
        say(f"{taken} of {wanted}")


def _calm() -> dict[str, str]:
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    return {**{name: value for name, value in os.environ.items() if name not in MISLEADING}, **quiet}


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-25:])
