"""Who was forgotten, kept apart from the ledger: a backup that is restored brings back what was removed after it.

One JSON line per appeal, beside the key ring: ids and times, nothing of the person. See docs/adr/0010.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

FILE = "forgotten.jsonl"


def remember(path: Path, appeal: str, by: str) -> None:
    """Written before the ledger is: who is listed and was not removed yet, asked for it all the same."""
    line = json.dumps({"appeal": appeal, "at": datetime.now(UTC).isoformat(timespec="seconds"), "by": by})
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> list[str]:
    """Ids of appeals, each once. A line cut by a crash says nothing: what it was written for did not happen."""
    names: dict[str, None] = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            names[str(json.loads(line)["appeal"])] = None
        except (ValueError, KeyError, TypeError):
            continue
    return list(names)
