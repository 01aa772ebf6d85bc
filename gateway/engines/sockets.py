"""Where a unix socket can live, for the kernel allows its path 107 bytes; and whether a port is free."""

import hashlib
import os
import socket
import stat
import tempfile
from pathlib import Path

from gateway.engines.child import EngineError
from gateway.mishaps import Mishap

LONGEST = 107


def socket_folder(folder: Path, name: str) -> Path:
    """`folder` itself, or, when `folder/name` would be too long, a short private folder that always goes with it."""
    if len(os.fsencode(folder / name)) <= LONGEST:
        return folder
    mark = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"tsur-{os.getuid()}-{mark}"
    if len(os.fsencode(short / name)) > LONGEST:
        short = Path("/tmp") / short.name  # noqa: S108 — checked to be ours below
    short.mkdir(mode=0o700, exist_ok=True)
    _refuse_foreign(short)
    return short


def _refuse_foreign(folder: Path) -> None:
    # The name can be guessed, so someone else on the machine may have made the folder first.
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise EngineError(f"{folder} is not a private folder of ours: remove it, or set TMPDIR to another folder")


def require_free(host: str, port: int) -> None:
    """Raises Mishap when nobody can listen there: before everything else is started, and in words."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except (OSError, UnicodeError) as error:  # the second for names that no host has
        why = f"nobody can listen at {host}:{port}: {getattr(error, 'strerror', None) or 'not a name'}"
        raise Mishap(f"{why}; give another TSUR_HOST or TSUR_PORT") from None
