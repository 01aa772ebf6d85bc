"""The newest seal of the audit, kept apart from the ledger.

The chain alone does not stop whoever can write to the database: they take the last seals back, change the rows, and the
sealer itself seals what they left. With the anchor it sees that a seal it made is gone, and seals nothing more.
"""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Anchor:
    """A file of one line, `number mac`. A crash between the ledger's commit and this file leaves an older seal in it,
    which the chain must hold as well."""

    path: Path

    def read(self) -> tuple[int, str] | None:
        """Number and MAC of the newest seal that was seen; None: none yet."""
        try:
            number, mac = self.path.read_text("ascii").split()
            return int(number), mac
        except (FileNotFoundError, ValueError):
            return None

    def keep(self, number: int, mac: str) -> None:
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(f"{number} {mac}\n")
        fresh.replace(self.path)

    def forget(self) -> None:
        """A restored ledger begins at an older seal."""
        self.path.unlink(missing_ok=True)
