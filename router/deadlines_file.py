"""Reads deadlines.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from zoneinfo import ZoneInfo

from canonical.finding import Finding
from canonical.mapping.nodes import Text
from router.condition import KEYS, Condition, World, read_condition
from router.report import Report
from router.section import Section, open_file
from router.spans import Span, parse_span

STEPS = ("registration", "redirect", "answer")
ENDS = ("any", "work_before", "work_after")
#: 59-ФЗ, articles 8 and 12: days from registration.
LAW = {"registration": 3, "redirect": 7, "answer": 30}
_RULE = ("when", "ends_on", "pause", "note", *STEPS)
_ALWAYS = Condition(())
_PLAIN = {"registration": Span(3, "day"), "redirect": Span(7, "day"), "answer": Span(30, "day")}
ZONE = "Asia/Yekaterinburg"


@dataclass(frozen=True, slots=True)
class Term:
    name: str
    when: Condition
    spans: Mapping[str, Span]
    ends_on: str  # what becomes of a last day that is not worked
    pause: bool  # stands still while a question to the resident is open


@dataclass(frozen=True, slots=True)
class Terms:
    rules: tuple[Term, ...]
    default: Term
    zone: tzinfo
    days_off: frozenset[date]
    days_worked: frozenset[date]


def read_deadlines(report: Report, text: str, world: World) -> Terms:
    top = open_file(report, text, ("zone", "days_off", "days_worked", "rules", "default"))
    rules = tuple(_read_term(key, section, world) for key, section in top.sections("rules", _RULE))
    if not top.has("default"):
        report.warn(top, "no-default", "no `default`", "write `default: {answer: 10 working days}`")
    default = _read_term(Text("default", top.line, top.column), top.section("default", _RULE[1:]), world)
    default = Term("default", _ALWAYS, {**_PLAIN, **default.spans}, default.ends_on, default.pause)
    _find_over_law(report, top, rules, default)
    _find_unreachable(report, top, rules)
    return Terms(rules, default, _read_zone(top), _read_days(top, "days_off"), _read_days(top, "days_worked"))


def _read_term(key: Text, section: Section, world: World) -> Term:
    when = read_condition(section.section("when", KEYS), world)
    spans = {}
    for step in STEPS:
        if section.has(step):
            span = parse_span(section.text(step))
            if span is None:
                what, remedy = f"`{section.text(step)}` is no span", "like `8 hours`, `30 days`, `10 working days`"
                section.report.add(section.at(step), "bad-span", what, remedy)
            else:
                spans[step] = span
    return Term(key.value, when, spans, section.choice("ends_on", ENDS, "any"), section.flag("pause", True))


def _read_zone(top: Section) -> tzinfo:
    name = top.text("zone", ZONE)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        top.report.add(top.at("zone"), "bad-zone", f"no time zone `{name}`", f"like `{ZONE}`")
        return ZoneInfo(ZONE)


def _read_days(top: Section, name: str) -> frozenset[date]:
    days = set()
    for text in top.texts(name):
        try:
            days.add(date.fromisoformat(text.value))
        except ValueError:
            top.report.add(text, "bad-date", f"`{text.value}` is not a date", "like `2026-06-22`")
    return frozenset(days)


def _find_over_law(report: Report, top: Section, rules: tuple[Term, ...], default: Term) -> None:
    """What a 59-ФЗ appeal could get must not be longer than the law allows."""
    nodes = {key.value: section for key, section in top.sections("rules")}
    for term in (*rules, default):
        if term.when.allows(kind="appeal"):
            section = nodes.get(term.name, top)
            for step, span in term.spans.items():
                if span.unit == "day" and span.count > LAW[step]:
                    what = f"`{step}: {span}` is above the {LAW[step]} days of 59-ФЗ"
                    report.warn(section.at(step), "over-law", what, "shorten it, or add `kind: message` to `when`")


def _find_unreachable(report: Report, top: Section, rules: tuple[Term, ...]) -> None:
    keys = {key.value: key for key, _ in top.sections("rules")}
    for place, term in enumerate(rules):
        for earlier in rules[:place]:
            if earlier.when.covers(term.when) and set(term.spans) <= set(earlier.spans):
                what = f"`{term.name}` is never reached: `{earlier.name}` takes all of it"
                report.warn(keys[term.name], "rule-unreachable", what, "put it above")
                break


def check_deadlines(text: str, path: str, world: World) -> list[Finding]:
    report = Report(path)
    read_deadlines(report, text, world)
    return report.findings
