"""What the SQLite that Python was built with can be trusted with."""

import sqlite3

#: First releases with the repair of the WAL-reset bug: several connections, one of them checkpointing, can lose pages.
REPAIRED = (3, 51, 3)
BACKPORTED = {(3, 50): 7, (3, 44): 6}


def check_sqlite(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> str | None:
    """A warning with its remedy, or None when this SQLite is sound."""
    patch = BACKPORTED.get(version[:2])
    if version >= REPAIRED or (patch is not None and version[2] >= patch):
        return None
    return (
        f"SQLite {'.'.join(map(str, version))} has the WAL-reset bug: with several connections it can, very rarely, "
        "damage the file while one of them checkpoints. The gateway lets only one process checkpoint; for "
        "production use PostgreSQL (TSUR_DATABASE_URL) or a Python built with SQLite 3.51.3 or newer"
    )
