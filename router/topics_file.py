"""Reads topics.yaml into entries.

model: {file: topics.model, sha256: 5f2c…}                       # see `router.learned`
urgent: {life: [запах* газ*], urgent: [прорва* труб*]}      # words that raise any appeal's urgency
topics:
  heating:
    title: Отопление
    urgency: urgent
    personal: no                # yes: a person's own matter, never the same problem of two people
    words: [холодн* батаре*]    # each names the topic
    hints: [тепл*]              # supports, does not name it alone
    not: [тепл* слов*]          # speaks against it
    codes: {pos: ["12", "13"]}  # the channel's own codes
    labels: [Теплоснабжение]    # the model's labels that mean this topic
"""

import re
from dataclasses import dataclass

from canonical.appeal import Urgency
from canonical.mapping.nodes import Text
from router.lexicon import Pattern, read_patterns
from router.report import Report, suggest
from router.section import Section, open_file

POINTS = {"words": 2, "hints": 1, "not": -3}
_CODE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")
_KEYS = ("title", "urgency", "personal", "codes", "labels", *POINTS)


@dataclass(frozen=True, slots=True)
class Sign:
    topic: str  # or the urgency it raises to
    written: str
    pattern: Pattern
    points: int


@dataclass(frozen=True, slots=True)
class Entry:
    code: str
    title: str
    urgency: Urgency
    personal: bool
    signs: tuple[Sign, ...]
    codes: tuple[tuple[str, str], ...]  # (system, its code)
    labels: tuple[str, ...] = ()  # of the model


def read_topics(report: Report, text: str, systems: frozenset[str] | None) -> tuple[list[Entry], list[Sign], Section]:
    """Entries, signs of urgency, and the file itself for what else it says."""
    top = open_file(report, text, ("model", "topics", "urgent"))
    named = top.sections("topics", _KEYS)
    entries = [_read_entry(key, section, systems) for key, section in named]
    _find_overlaps(report, named)
    _find_shared_codes(report, named)
    levels = ("life", "urgent")
    urgent = [sign for level in levels for sign in _read_signs(top.section("urgent", levels), level, level, 0)]
    return entries, urgent, top


def _read_entry(key: Text, section: Section, systems: frozenset[str] | None) -> Entry:
    if not _CODE.fullmatch(key.value):
        section.report.add(key, "bad-code", f"`{key.value}` is not a topic code", "like `roads` or `roads.pits`")
    signs = [sign for name, points in POINTS.items() for sign in _read_signs(section, name, key.value, points)]
    if not any(sign.points > 0 for sign in signs) and not section.has("codes") and not section.has("labels"):
        section.report.warn(key, "words-empty", f"nothing names `{key.value}`", "write `words:`, `codes:` or `labels:`")
    codes = [(system.value, code.value) for system, code in _list_codes(section)]
    for system, _ in section.section("codes").entries():
        if systems is not None and system.value not in systems:
            section.report.add(system, "system-unknown", f"no system `{system.value}`", suggest(system.value, systems))
    urgency = Urgency(section.choice("urgency", [level.value for level in Urgency], Urgency.normal.value))
    title = section.text("title", key.value)
    labels = tuple(label.value for label in section.texts("labels"))
    return Entry(key.value, title, urgency, section.flag("personal", False), tuple(signs), tuple(codes), labels)


def _read_signs(section: Section, name: str, topic: str, points: int) -> list[Sign]:
    return [
        Sign(topic, written, pattern, points) for written, pattern in read_patterns(section.report, section.texts(name))
    ]


def _list_codes(section: Section) -> list[tuple[Text, Text]]:
    tables = section.section("codes")
    return [(system, code) for system, _ in tables.entries() for code in tables.texts(system.value)]


def _find_overlaps(report: Report, named: list[tuple[Text, Section]]) -> None:
    """A word that names two topics names neither; let one of them have it as a hint."""
    owner: dict[str, str] = {}
    for key, section in named:
        for word in section.texts("words"):
            other = owner.setdefault(word.value.strip().lower(), key.value)
            if other != key.value:
                what = f"`{word.value}` names `{key.value}` and `{other}`"
                report.warn(word, "topic-overlap", what, "keep it in one, write it under `hints` in the other")


def _find_shared_codes(report: Report, named: list[tuple[Text, Section]]) -> None:
    owner: dict[tuple[str, str], str] = {}
    for key, section in named:
        for system, code in _list_codes(section):
            other = owner.setdefault((system.value, code.value), key.value)
            if other != key.value:
                what = f"`{code.value}` of {system.value} is `{key.value}` and `{other}`"
                report.add(code, "channel-code-twice", what, "a channel's code has one topic")
