"""Files that a stand was given: what came, by its digest, and to what it belongs."""

import hashlib
from collections import Counter
from typing import Any

from stand.book import Book


class Deposits:
    """`of`: the filing or appeal that a file belongs to."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.kept: dict[tuple[str, str], bytes] = {}  # (of, key) → content
        self.names: dict[str, list[dict[str, Any]]] = {}

    def put(self, of: str, key: str, name: str, content: bytes) -> bool:
        """The same key again with the same content changes nothing; whether it was new."""
        if self.kept.get((of, key)) == content:
            self.book.tally["file repeats"] += 1
            return False
        self.kept[of, key] = content
        facts = {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        self.names.setdefault(of, []).append(facts)
        self.book.note("file", of=of, **facts)
        return True

    def count(self) -> dict[str, int]:
        """`files doubled`: the same content twice under one filing."""
        doubled = sum(
            sum(Counter(one["sha256"] for one in each).values()) - len({one["sha256"] for one in each})
            for each in self.names.values()
        )
        return {"files": sum(map(len, self.names.values())), "files doubled": doubled}

    def pages(self) -> dict[str, Any]:
        return {"files": self.names}
