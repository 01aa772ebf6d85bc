"""What was filed at a recipient, and the life of each filing there."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from stand.book import Book
from stand.life import REASONS, LifeSwitches, Stage, lot, plan_life


@dataclass(slots=True)
class Filing:
    index: int  # from 1, in order of filing
    number: str  # as the recipient names it
    external_id: str
    facts: dict[str, Any]  # what was filed
    created: datetime
    changed: datetime
    state: str = "registered"
    outcome: str = ""
    text: str = ""
    reason: tuple[str, str] | None = None
    postponed_to: datetime | None = None
    history: list[tuple[datetime, Stage, str]] = field(default_factory=list)  # when, what, text
    additions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def final(self) -> bool:
        return self.state in {"answered", "declined"}


class Filings:
    """`on_change` is called after each stage; `number` names the n-th filing."""

    def __init__(
        self,
        book: Book,
        switches: Callable[[], LifeSwitches],
        number: Callable[[int], str],
        on_change: Callable[[Filing, Stage], None] = lambda filing, stage: None,
    ) -> None:
        self.book, self.switches, self.number, self.on_change = book, switches, number, on_change
        self.all: list[Filing] = []
        self.by_external: dict[str, list[Filing]] = {}
        self.by_number: dict[str, Filing] = {}
        self.timers: set[asyncio.TimerHandle] = set()

    def add(self, external_id: str, facts: dict[str, Any]) -> Filing:
        index, now = len(self.all) + 1, datetime.now(UTC)
        filing = Filing(index, self.number(index), external_id, facts, created=now, changed=now)
        self.all.append(filing)
        self.by_external.setdefault(external_id, []).append(filing)
        self.by_number[filing.number] = filing
        self.book.note("filing", external_id=external_id, number=filing.number, facts=facts)
        return filing

    def live(self, filing: Filing) -> None:
        """Starts the filing's life; a stage is a timer."""
        switches = self.switches()
        least, most = switches.delay
        whole = least + (most - least) * lot(self.book.system + " delay", filing.index)
        for stage in plan_life(self.book.system, filing.index, switches.shares):
            self._later(stage.at * whole, partial(self.reach, filing, stage))

    def reach(self, filing: Filing, stage: Stage) -> None:
        text = self._word(filing, stage)
        filing.state, filing.outcome, filing.text = stage.state, stage.outcome, text
        filing.changed = datetime.now(UTC)
        if stage.state == "declined":
            filing.reason = REASONS[filing.index % len(REASONS)]
        if stage.state == "postponed":
            filing.postponed_to = filing.changed + timedelta(days=30)
        filing.history.append((filing.changed, stage, text))
        self.book.note("stage", number=filing.number, external_id=filing.external_id, state=stage.state, text=text)
        self.on_change(filing, stage)

    def add_to(self, filing: Filing, facts: dict[str, Any]) -> None:
        """A supplement, another resident, a reply to a question, a withdrawal."""
        filing.additions.append(facts)
        self.book.note("addition", number=filing.number, external_id=filing.external_id, facts=facts)
        if filing.state == "asking":
            self.reach(filing, Stage(0, "in_work"))
            self._later(self.switches().delay[0], lambda: self.reach(filing, Stage(1, "answered", "solved", "Решено.")))

    def _word(self, filing: Filing, stage: Stage) -> str:
        text = stage.text.format(number=filing.number)
        name = filing.facts.get("name")
        return f"Уважаемый(ая) {name}! {text}" if text and name and self.switches().names_resident else text

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()

        def run() -> None:
            self.timers.discard(handle)
            act()

        handle = loop.call_later(seconds, run)
        self.timers.add(handle)

    def count(self) -> dict[str, int]:
        return {
            "filings": len(self.all),
            "filed": len(self.by_external),
            "duplicates": sum(len(same) - 1 for external, same in self.by_external.items() if external),
            "final": sum(filing.final for filing in self.all),
            "additions": sum(len(filing.additions) for filing in self.all),
        }

    def pages(self) -> dict[str, Any]:
        """Per external id: the filings made under it."""
        return {external: [show(filing) for filing in same] for external, same in self.by_external.items()}

    def close(self) -> None:
        for timer in self.timers:
            timer.cancel()


def show(filing: Filing) -> dict[str, Any]:
    stages = [{"at": at.isoformat(), "state": stage.state, "text": text} for at, stage, text in filing.history]
    return {
        "number": filing.number,
        "state": filing.state,
        "final": filing.final,
        "outcome": filing.outcome,
        "text": filing.text,
        "facts": filing.facts,
        "stages": stages,
        "additions": filing.additions,
    }
