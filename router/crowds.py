"""events.yaml: from when on many appeals of one topic in one municipality may be one mass event.

window: 3 hours      # how far back is looked
people: 12           # so many residents
houses: 6            # at so many houses, of those that name one
topics: [heating]    # with everything below them; absent: any
ask_again: 12 hours  # a person who said no is asked again after this time, or when twice as many have written
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from canonical.finding import Finding
from router.report import Report, suggest
from router.section import Section, open_file
from router.spans import parse_span

FILE = "events.yaml"


@dataclass(frozen=True, slots=True)
class CrowdRules:
    """Without events.yaml nothing is proposed."""

    enabled: bool = False
    window: timedelta = timedelta(hours=3)
    people: int = 12
    houses: int = 6
    topics: frozenset[str] = frozenset()
    ask_again: timedelta = timedelta(hours=12)

    def is_crowd(self, topic: str, people: int, houses: int) -> bool:
        """Distinct residents and houses: one resident who writes often, or one house, is no mass event."""
        return self.enabled and self._wants(topic) and people >= self.people and houses >= self.houses

    def _wants(self, topic: str) -> bool:
        return not self.topics or any(topic == one or topic.startswith(f"{one}.") for one in self.topics)

    @classmethod
    def load(cls, text: str | None, topics: Collection[str]) -> "CrowdRules":
        """None: there is no such file. Raises PolicyErrors."""
        if text is None:
            return cls()
        report = Report(FILE)
        rules = _read_rules(report, text, topics)
        report.raise_fatal()
        return rules


def check_crowds(text: str, topics: Collection[str]) -> list[Finding]:
    report = Report(FILE)
    _read_rules(report, text, topics)
    return report.findings


def _read_rules(report: Report, text: str, topics: Collection[str]) -> CrowdRules:
    top = open_file(report, text, ("window", "people", "houses", "topics", "ask_again"))
    plain = CrowdRules()
    named = top.texts("topics")
    known = {*topics, *(code.rpartition(".")[0] for code in topics if "." in code)}
    for one in named:
        if one.value not in known:
            report.add(one, "topic-unknown", f"no topic `{one.value}`", suggest(one.value, sorted(known)))
    return CrowdRules(
        True, _read_span(top, "window", plain.window), round(top.number("people", 2, 100_000, plain.people)),
        round(top.number("houses", 1, 100_000, plain.houses)), frozenset(one.value for one in named),
        _read_span(top, "ask_again", plain.ask_again),
    )  # fmt: skip


def _read_span(top: Section, name: str, plain: timedelta) -> timedelta:
    if not top.has(name):
        return plain
    span = parse_span(top.text(name))
    if span is None or span.exact is None:
        top.report.add(top.at(name), "bad-span", "not a span of time", "like `3 hours` or `40 minutes`")
        return plain
    return span.exact
