"""How much memory a process and its descendants hold now, read from /proc."""

import os
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def measure_tree(root: int, without: int | None = None) -> int:
    """Resident bytes of `root` and its descendants; those of `without` and its own are left out."""
    parents = _read_parents()
    return sum(_read_resident(pid) for pid in parents if _descends(pid, root, without, parents))


def _descends(pid: int, root: int, without: int | None, parents: dict[int, int]) -> bool:
    while pid in parents:
        if pid == without:
            return False
        if pid == root:
            return True
        pid = parents[pid]
    return False


def _read_parents() -> dict[int, int]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in brackets, may hold spaces and brackets itself; the state and the parent follow it.
            found[int(folder.name)] = int((folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
        except (OSError, IndexError):  # it ended meanwhile
            continue
    return found


def _read_resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * PAGE
    except (OSError, IndexError):
        return 0
