"""duplicates.yaml: when two appeals are one problem.

enabled: yes
join: auto                      # auto, suggest (a person decides), never
channels: {pos: suggest}        # of two channels the more careful one counts
repeat: {window: 60 days, join: 0.30, suggest: 0.15}          # the same person again: share of words in common
same_problem: {window: 30 days, join: 0.55, suggest: 0.20}    # another person, the same place: probability
copy: 0.8                       # so alike that it is one text; without a place that is a suggestion
burst: {window: 1 hours, person: 5, template: 10}   # more in so short a time: a person looks before a join
weights: {base: -4.5, thing: 1.0, …}   # how much each signal counts; `tsur tune duplicates` chooses them
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from canonical.finding import Finding
from router.duplicates.signals import NAMES
from router.duplicates.weights import Weights
from router.report import Report, suggest
from router.section import Section, open_file
from router.spans import parse_span

_MOST = 20
_OFTEN = 1000  # more are not even compared
MODES = ("auto", "suggest", "never")  # from bold to careful


@dataclass(frozen=True, slots=True)
class Bar:
    """From which share of common words, or which probability, on, 0 to 1, and how near in time."""

    window: timedelta
    join: float
    suggest: float


@dataclass(frozen=True, slots=True)
class Burst:
    """Within the window: so many appeals of one person, or so many copies of one text in one case, and a person looks
    before another joins."""

    window: timedelta = timedelta(hours=1)
    person: int = 5
    template: int = 10


@dataclass(frozen=True, slots=True)
class Rules:
    enabled: bool = True
    repeat: Bar = Bar(timedelta(days=60), 0.30, 0.15)
    same_problem: Bar = Bar(timedelta(days=30), 0.55, 0.20)
    copy: float = 0.8
    default: str = "auto"
    channels: Mapping[str, str] = field(default_factory=dict)
    weights: Weights = field(default_factory=Weights)
    burst: Burst = Burst()

    @property
    def window(self) -> timedelta:
        """The longest: older appeals need not be looked up."""
        return max(self.repeat.window, self.same_problem.window)

    def find_mode(self, one: str, other: str) -> str:
        return max(self.channels.get(one, self.default), self.channels.get(other, self.default), key=MODES.index)

    @classmethod
    def load(cls, text: str, path: str, systems: Collection[str] | None = None) -> "Rules":
        """Raises PolicyErrors."""
        report = Report(path)
        rules = read_rules(report, text, systems)
        report.raise_fatal()
        return rules


def read_rules(report: Report, text: str, systems: Collection[str] | None) -> Rules:
    top = open_file(report, text, ("enabled", "join", "channels", "repeat", "same_problem", "copy", "weights", "burst"))
    channels = top.section("channels")
    for name, _ in channels.entries():
        if systems is not None and name.value not in systems:
            report.add(name, "system-unknown", f"no system `{name.value}`", suggest(name.value, sorted(systems)))
    modes = {name.value: channels.choice(name.value, MODES, "never") for name, _ in channels.entries()}
    plain = Rules()
    return Rules(
        top.flag("enabled", True), _read_bar(top, "repeat", plain.repeat),
        _read_bar(top, "same_problem", plain.same_problem), top.number("copy", 0.5, 1, plain.copy),
        top.choice("join", MODES, "auto"), modes, _read_weights(top), _read_burst(top),
    )  # fmt: skip


def _read_weights(top: Section) -> Weights:
    """All of them or none: weights of two trials do not belong together."""
    if not top.has("weights"):
        return Weights()
    section = top.section("weights", ("base", *NAMES))
    for name in ("base", *NAMES):
        if not section.has(name):
            section.report.add(
                top.at("weights"),
                "missing-key",
                f"no `{name}`",
                "remove `weights` for the shipped ones, or let `tsur tune duplicates` choose all",
            )
    of = {name: section.number(name, 0, _MOST, 0) for name in NAMES}
    return Weights(section.number("base", -_MOST, 0, Weights().base), of)


def _read_bar(top: Section, name: str, plain: Bar) -> Bar:
    section = top.section(name, ("window", "join", "suggest"))
    join, low = section.number("join", 0, 1, plain.join), section.number("suggest", 0, 1, plain.suggest)
    if low > join:
        section.report.add(section.at("suggest"), "bad-order", f"`suggest: {low}` is above `join: {join}`", "lower it")
    return Bar(_read_window(section, plain.window), join, low)


def _read_burst(top: Section) -> Burst:
    section, plain = top.section("burst", ("window", "person", "template")), Burst()
    counts = [int(section.number(name, 1, _OFTEN, getattr(plain, name))) for name in ("person", "template")]
    return Burst(_read_window(section, plain.window), *counts)


def _read_window(section: Section, plain: timedelta) -> timedelta:
    if not section.has("window"):
        return plain
    span = parse_span(section.text("window"))
    if span is None or span.exact is None:
        section.report.add(section.at("window"), "bad-span", "not a window", "like `30 days` or `8 hours`")
        return plain
    return span.exact


def check_rules(text: str, path: str, systems: Collection[str] | None) -> list[Finding]:
    report = Report(path)
    read_rules(report, text, systems)
    return report.findings
