"""A stand's own record of what really happened in it: the judge of lost and doubled effects."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Book:
    """`effects` in order; each also one JSON line of `{state}/{system}.jsonl`, written at once."""

    def __init__(self, system: str, folder: Path | None) -> None:
        self.system = system
        self.effects: list[dict[str, Any]] = []
        self.tally: Counter[str] = Counter()  # what is not an effect: repeats, refusals, faults
        self._file = None
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / f"{system}.jsonl").open("a", encoding="utf-8", buffering=1)

    def note(self, effect: str, **facts: Any) -> None:
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "effect": effect, **facts}
        self.effects.append(line)
        if self._file:
            self._file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")

    def close(self) -> None:
        if self._file:
            self._file.close()
