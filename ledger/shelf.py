"""Where encrypted files lie. A directory here; another place needs only these six methods."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from canonical.ids import make_id

_FRESH = "fresh"  # the folder of what is still being written


class Shelf(Protocol):
    """Names are hex digests; content is already encrypted. All methods may be called by many processes at once."""

    def put(self, pieces: Iterable[bytes], name: "Name") -> None:
        """Whole or not at all, also when the machine stops: `name` is asked when all pieces were given."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Raises FileNotFoundError."""
        ...

    def holds(self, name: str) -> bool: ...

    def remove(self, name: str, older_than: float = 0.0) -> bool:
        """Unless it was put again within so many seconds; whether it is gone."""
        ...

    def names(self, older_than: float = 0.0) -> Iterator[str]: ...

    def clear_fresh(self, older_than: float) -> int:
        """Removes what writers that died left behind, and says how many."""
        ...


class Name(Protocol):
    def __call__(self) -> str: ...


class Directory:
    """`ab/abcdef…` below one folder; all hosts of a site must share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, pieces: Iterable[bytes], name: Name) -> None:
        fresh = self.folder / _FRESH / make_id("t")
        fresh.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            place = self._place(name())
            place.parent.mkdir(exist_ok=True, mode=0o700)
            fresh.replace(place)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        _sync_folder(place.parent)

    def _place(self, name: str) -> Path:
        if not name.isalnum() or not name.isascii():
            raise FileNotFoundError("not the name of a file")
        return self.folder / name[:2] / name

    def open(self, name: str) -> BinaryIO:
        return self._place(name).open("rb")

    def holds(self, name: str) -> bool:
        return self._place(name).exists()

    def remove(self, name: str, older_than: float = 0.0) -> bool:
        # Moved away before its age is read: a writer that puts it again meanwhile makes a new file of this name.
        place, aside = self._place(name), self.folder / _FRESH / make_id("t")
        try:
            aside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.rename(aside)
        except FileNotFoundError:
            return False
        if older_than and _age(aside) < older_than:
            with suppress(FileExistsError):
                os.link(aside, place)
            aside.unlink()
            return False
        aside.unlink()
        return True

    def names(self, older_than: float = 0.0) -> Iterator[str]:
        for path in self.folder.glob("??/*"):
            with suppress(FileNotFoundError):
                if _age(path) >= older_than:
                    yield path.name

    def clear_fresh(self, older_than: float) -> int:
        cleared = 0
        for path in self.folder.glob(f"{_FRESH}/*"):
            with suppress(FileNotFoundError):
                if _age(path) >= older_than:
                    path.unlink()
                    cleared += 1
        return cleared


def _age(path: Path) -> float:
    """Seconds since it was written."""
    return time.time() - path.stat().st_mtime


def _sync_folder(folder: Path) -> None:
    """The name itself must be on the disk before the ledger relies on it."""
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
