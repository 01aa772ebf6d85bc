"""A server process of ours: started, awaited, stopped."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from gateway.mishaps import Mishap

TETHER = Path(__file__).with_name("tether.py")
#: How long a server may take to answer after its start, in seconds. Generous: the machine may be busy.
START_S = 60.0
#: How long a server may take to end after it was asked to, in seconds.
STOP_S = 15.0


class EngineError(Mishap):
    """An embedded engine cannot run here; the message says why and what to do."""


@dataclass
class Engine:
    """A running server: `url` is what clients connect to. Leaving its `with` block stops it."""

    url: str
    process: "subprocess.Popen[bytes]"
    stop_signal: signal.Signals = signal.SIGTERM
    leftover: Path | None = None  # a folder that is of no use without the server

    def stop(self) -> None:
        """Ends the server; harmless when it already ended."""
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.leftover is not None:
            shutil.rmtree(self.leftover, ignore_errors=True)

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def spawn(
    command: Sequence[str | Path],
    log: Path,
    *,
    death: signal.Signals = signal.SIGKILL,
    user: int | None = None,
    keep: Sequence[int] = (),
) -> "subprocess.Popen[bytes]":
    """Starts a server that receives `death` when this process ends, even by kill -9.

    `user` is the numeric user (and group) to run as, `keep` the open files to pass on, `log` gets its output.
    The kernel's tie is to the thread that starts the server, so only the main thread, which lasts, may call this.
    """
    if threading.current_thread() is not threading.main_thread():
        raise EngineError("an engine dies with the thread that starts it: start it from the main thread")
    tether = [sys.executable, "-I", "-S", str(TETHER), str(int(death)), str(os.getpid())]
    with log.open("ab") as output:
        return subprocess.Popen(
            [*tether, "" if user is None else str(user), *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            pass_fds=keep,
            start_new_session=True,  # Ctrl-C is for us: we still need the server while we finish
        )


def await_answer(process: "subprocess.Popen[bytes]", answers: Callable[[], bool], log: Path) -> None:
    """Returns when the server answers; EngineError with the end of its log when it ended or stays silent."""
    end = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < end:
        if answers():
            return
        time.sleep(0.01)
    why = "did not answer" if process.poll() is None else f"ended with {process.returncode}"
    process.kill()
    process.wait()
    raise EngineError(f"{log.stem} {why}; the end of {log}:\n{tail(log)}")


def tail(log: Path, lines: int = 12) -> str:
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-lines:])
