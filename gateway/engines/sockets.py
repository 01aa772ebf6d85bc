"""Where a unix socket can live: the kernel allows its path 107 bytes."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from gateway.engines.child import EngineError

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
