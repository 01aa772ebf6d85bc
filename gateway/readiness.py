"""Whether this process can accept anything now, and if not, why. It comes back by itself."""

import shutil
import time
from pathlib import Path

from ledger.store import DEAD_AFTER_MS, Store
from ledger.trouble import name_trouble
from workers.runtime import Runtime

#: Bytes that must be left where an embedded ledger lies: documents and the log of their commit.
ROOM = 32 * 1024**2


def find_obstacle(runtime: Runtime) -> str | None:
    """None: ready. The ledger answers and takes what is written, its schema is ours, a configuration is active."""
    try:
        runtime.site()
        return _find_lack(runtime.store) or _find_silence(runtime)
    except LookupError as error:
        return str(error)
    except Exception as error:
        return name_trouble(error)


def _find_lack(store: Store) -> str | None:
    path = store.engine.url.database
    if store.engine.dialect.name != "sqlite" or not path:
        return None
    left = shutil.disk_usage(Path(path).parent).free
    return f"the disk is full: {left // 1024**2} MiB left beside the ledger" if left < ROOM else None


def _find_silence(runtime: Runtime) -> str | None:
    """A full or read-only database still answers questions; our heartbeat is what it must take each second."""
    silent = time.monotonic() - runtime.lease.confirmed
    if silent < DEAD_AFTER_MS / 1000:
        return None
    return f"nothing could be written for {silent:.0f} s ({runtime.trouble or 'no reply'})"
