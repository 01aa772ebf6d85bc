"""What residents of a channel were told."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from stand.book import Book


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a resident saw. `key`: the sender's own id of it, where the form has room."""

    appeal: str
    kind: str  # final, interim, status, question, notice
    text: str
    outcome: str = ""
    key: str = ""


class Answers:
    def __init__(self, book: Book) -> None:
        self.book = book
        self.told: dict[str, list[Told]] = {}
        self.keys: Counter[str] = Counter()

    def add(self, told: Told, **facts: Any) -> int:
        """Records one more effect and returns its ordinal."""
        self.told.setdefault(told.appeal, []).append(told)
        self.keys[told.key or f"{told.appeal}/{told.kind}/{told.outcome}/{told.text}"] += 1
        self.book.note("answer", **asdict(told), **facts)
        return self.total()

    def total(self) -> int:
        return sum(self.keys.values())

    def count(self) -> dict[str, int]:
        kinds = Counter(told.kind for each in self.told.values() for told in each)
        answered = sum(any(told.kind == "final" for told in each) for each in self.told.values())
        duplicates = sum(times - 1 for times in self.keys.values())
        return {"answered": answered, "duplicates": duplicates, **{f"told: {kind}": n for kind, n in kinds.items()}}

    def pages(self) -> dict[str, Any]:
        return {appeal: [asdict(told) for told in each] for appeal, each in self.told.items()}
