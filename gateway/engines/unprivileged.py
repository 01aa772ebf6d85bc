"""The user that a server which refuses root runs as."""

import os
import pwd
import stat
from pathlib import Path

NOBODY = 65534


def unprivileged_user() -> int | None:
    """The numeric id of `nobody` when we are root, else None: no change is needed."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return NOBODY


def can_reach(path: Path) -> bool:
    """Whether everyone may enter every folder on the way to `path`, and enter or run `path` itself."""
    path = path.resolve()
    return all(step.stat().st_mode & stat.S_IXOTH for step in (path, *path.parents))
