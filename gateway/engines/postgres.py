"""A private PostgreSQL on a unix socket: for tests and measurements, so that no one installs a server first."""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from gateway.engines import postgres_software as software
from gateway.engines.child import Engine, EngineError, await_answer, spawn
from gateway.engines.sockets import socket_folder
from gateway.engines.unprivileged import can_reach, unprivileged_user

#: One client's socket file; the port is part of its name even where no port is opened.
SOCKET = ".s.PGSQL.5432"
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",  # the socket only
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
#: A machine's crash may cost everything; a crash of the clients or of the server costs nothing.
UNSAFE: Mapping[str, str] = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0"}


def start_postgres(folder: Path, *, durable: bool = True) -> Engine:
    """Starts a PostgreSQL that dies with this process; `folder` gets its data, socket and log.

    Its url is `postgresql://postgres@/postgres?host=…`. PostgreSQL refuses root, so as root it runs as `nobody`, who
    must be able to reach `folder`. `durable=False` never waits for the disk. EngineError says what is missing.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    user = unprivileged_user()
    programs = software.find_postgres()
    if user is not None:
        _hand_over(folder, user)
        programs = software.readable(programs, folder)
    if not (folder / "data" / "PG_VERSION").exists():
        _create(programs, folder, user, durable)
    return _start(programs, folder, user, durable)


def _hand_over(folder: Path, user: int) -> None:
    if not can_reach(folder.parent):
        raise EngineError(
            f"PostgreSQL does not run as root, and the unprivileged user cannot reach {folder}: "
            "choose a folder whose parents everyone may enter, for example under /tmp"
        )
    os.chown(folder, user, user)


def _create(programs: Path, folder: Path, user: int | None, durable: bool) -> None:
    fixed = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-instructions"]
    made = subprocess.run(
        [programs / "initdb", "-D", folder / "data", *fixed, *([] if durable else ["--no-sync"])],
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        cwd="/",
        capture_output=True,
        text=True,
        errors="replace",
    )
    if made.returncode != 0:
        raise EngineError(f"initdb failed ({programs}):\n{made.stdout[-500:]}{made.stderr[-1500:]}")


def _start(programs: Path, folder: Path, user: int | None, durable: bool) -> Engine:
    sockets, log = socket_folder(folder, SOCKET), folder / "postgres.log"
    if user is not None:
        os.chown(sockets, user, user)
    settings = {**SETTINGS, **({} if durable else UNSAFE), "unix_socket_directories": str(sockets)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command: list[str | Path] = [programs / "postgres", "-D", folder / "data", *options]
    # SIGQUIT ends its children too and frees its shared memory; SIGINT does so after ending the sessions.
    process = spawn(command, log, death=signal.SIGQUIT, user=user)
    await_answer(process, lambda: _ready(folder / "data", process.pid), log)
    url = f"postgresql://postgres@/postgres?host={quote(str(sockets))}"
    return Engine(url, process, signal.SIGINT, leftover=None if sockets == folder else sockets)


def _ready(data: Path, pid: int) -> bool:
    """The server's own word: the last line of its pid file, unless an earlier server left the file."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"
