"""Which days are worked: Russian holidays with the yearly transfers, working Saturdays, and the region's own days."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

SATURDAY = 5


@dataclass(slots=True)
class Workdays:
    """`off`: further days off (of the region); `worked`: days off that are worked here."""

    off: Collection[date] = ()
    worked: Collection[date] = ()
    _russia: Any = field(default=None, repr=False, compare=False)
    _known: dict[date, bool] = field(default_factory=dict, repr=False, compare=False)

    def is_worked(self, day: date) -> bool:
        if day not in self._known:
            self._known[day] = self._find_worked(day)
        return self._known[day]

    def _find_worked(self, day: date) -> bool:
        if day in self.worked or day in self.off:
            return day in self.worked
        calendar = self._open()
        if day in calendar:
            return False
        return day.weekday() < SATURDAY or day in calendar.weekend_workdays

    def add(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_worked(day)
        return day

    def count(self, start: date, end: date) -> int:
        """Working days after `start`, up to and with `end`."""
        days = (start + timedelta(days=step) for step in range(1, (end - start).days + 1))
        return sum(map(self.is_worked, days))

    def back(self, day: date) -> date:
        """`day`, or the last working day before it."""
        while not self.is_worked(day):
            day -= timedelta(days=1)
        return day

    def forward(self, day: date) -> date:
        while not self.is_worked(day):
            day += timedelta(days=1)
        return day

    def _open(self) -> Any:
        """Imported when first asked: it costs 17 MB and 0.2 s, which a process without working days need not pay."""
        if self._russia is None:
            from holidays import country_holidays

            self._russia = country_holidays("RU")
        return self._russia
