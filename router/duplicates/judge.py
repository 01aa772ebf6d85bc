"""Is a new appeal one of those we have? Pure: candidates come from the ledger by `Features.keys`."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from router.duplicates.features import Features
from router.duplicates.nearness import Nearness, find_nearness, in_other_towns, is_town_sure
from router.duplicates.rules import MODES, Bar, Rules
from router.duplicates.shingles import similarity
from router.duplicates.signals import Signals, compare

JOIN, SUGGEST, SEPARATE = "join", "suggest", "separate"
REPEAT, SAME_PROBLEM, NONE = "repeat", "same_problem", "none"
_NAMESAKES = 0.5  # people of one name do not write half the same text
_MUCH = 0.5  # half of what both speak of
_CLEARLY = 0.6  # the same thing at the same place outweighs a guess at the topic
_RANK = {JOIN: 0, SUGGEST: 1, SEPARATE: 2}


@dataclass(frozen=True, slots=True)
class Candidate:
    """`closed`: its case was answered. Another person's appeal then opens a case of its own, or a person decides."""

    appeal_id: str
    case_id: str
    features: Features
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """`other` and `case_id` are of the nearest candidate; None with `separate`. `evidence` holds no personal data."""

    outcome: str  # join, suggest, separate
    kind: str  # repeat, same_problem, none
    other: str | None = None
    case_id: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pair:
    """What speaks for and against."""

    new: Features
    old: Candidate
    same_person: bool
    near: Nearness
    sure_town: bool
    signals: Signals
    copy: float  # 0 to 1: text in common
    score: float  # 0 to 1: how probable one problem is
    apart: timedelta

    @property
    def same_topic(self) -> bool:
        return bool(self.new.topic) and self.new.topic == self.old.features.topic

    @property
    def topics_differ(self) -> bool:
        one, other = self.new.topic, self.old.features.topic
        return bool(one and other) and one.partition(".")[0] != other.partition(".")[0]

    @property
    def same_spot(self) -> bool:
        """However few words are in common: one topic, the same thing, at one house or stop."""
        return self.same_topic and self.near > Nearness.area and self.signals.place_thing >= _MUCH

    @property
    def evidence(self) -> dict[str, Any]:
        seen = {name: round(value, 2) for name, value in self.signals._asdict().items() if value}
        return {
            "same_person": self.same_person, "place": self.near.name, "town": "same" if self.sure_town else "assumed",
            "score": round(self.score, 2), "text": round(self.copy, 2), "signals": seen,
             "topics": [self.new.topic, self.old.features.topic],
            "hours": round(self.apart.total_seconds() / 3600, 1),
        }  # fmt: skip


def judge(new: Features, candidates: Iterable[Candidate], rules: Rules) -> Judgement:
    """The boldest judgement over all candidates; of equals, the likest."""
    best = Judgement(SEPARATE, NONE)
    rank: tuple[int, float] = (_RANK[SEPARATE], 0.0)
    pairs = [pair_up(new, candidate, rules) for candidate in candidates] if rules.enabled else []
    for pair in pairs:
        outcome, kind, why = _decide(pair, rules)
        if outcome == SEPARATE:
            continue
        here = (_RANK[outcome], -(pair.score + pair.copy + pair.same_person))
        if here < rank:
            rank, evidence = here, pair.evidence | {"why": why}
            best = Judgement(outcome, kind, pair.old.appeal_id, pair.old.case_id, evidence)
    why = _find_burst(pairs, best.case_id, rules) if (best.outcome, best.kind) == (JOIN, SAME_PROBLEM) else ""
    return replace(best, outcome=SUGGEST, evidence=best.evidence | {"why": why}) if why else best


def _find_burst(pairs: Iterable[Pair], case_id: str | None, rules: Rules) -> str:
    """Why a person should look before another one's case takes this: someone wants to be in many cases, or many
    accounts send one text to one case."""
    recent = [pair for pair in pairs if pair.apart <= rules.burst.window]
    if sum(pair.same_person for pair in recent) >= rules.burst.person:
        return "this person writes very often"
    copies = [p for p in recent if p.old.case_id == case_id and p.copy >= rules.copy and not p.same_person]
    return "one text from very many people" if len(copies) >= rules.burst.template else ""


def pair_up(new: Features, old: Candidate, rules: Rules) -> Pair:
    other = old.features
    copy, near = similarity(new.sketch, other.sketch), find_nearness(new, other)
    signals = compare(new, other, near)
    apart, person = timedelta(seconds=abs(new.at - other.at)), _is_same_person(new, other, copy)
    return Pair(new, old, person, near, is_town_sure(new, other), signals, copy, rules.weights.weigh(signals), apart)


def _is_same_person(new: Features, other: Features, copy: float) -> bool:
    if not set(new.persons).isdisjoint(other.persons):
        return True
    return copy >= _NAMESAKES and not set(new.names).isdisjoint(other.names)


def _decide(pair: Pair, rules: Rules) -> tuple[str, str, str]:
    """Outcome, kind and why, limited by what the channels allow."""
    kind = REPEAT if pair.same_person else SAME_PROBLEM
    bar = rules.repeat if pair.same_person else rules.same_problem
    if pair.apart > bar.window:
        return SEPARATE, NONE, "too far in time"
    if pair.new.life and not pair.old.features.life:  # what was no emergency before is not the same now
        return SEPARATE, NONE, "an emergency, unlike the other"
    outcome, why = (_weigh_repeat if pair.same_person else _weigh_same_problem)(pair, bar, rules.copy)
    mode = rules.find_mode(pair.new.system, pair.old.features.system)
    if outcome == SEPARATE or mode == MODES[2]:
        return SEPARATE, NONE, why
    return (SUGGEST if mode == MODES[1] else outcome), kind, why


def _weigh_repeat(pair: Pair, bar: Bar, copy: float) -> tuple[str, str]:
    """The same person: the place need not be told again, and a text sent twice is one appeal."""
    words = pair.signals.words
    if pair.copy >= copy and not in_other_towns(pair.new, pair.old.features):
        return JOIN, "the same person sent the same text"
    if pair.near is Nearness.apart or (pair.topics_differ and pair.near < Nearness.house):
        return (SUGGEST, "much the same words, another place or topic") if words >= 2 * bar.join else (SEPARATE, "")
    if words >= bar.join or (pair.same_topic and pair.near >= Nearness.yard and words >= bar.suggest):
        return JOIN, "the same person about the same"
    if words >= bar.suggest or (pair.same_topic and pair.near > Nearness.unknown):
        return SUGGEST, "the same person about something alike"
    return SEPARATE, ""


def _weigh_same_problem(pair: Pair, bar: Bar, copy: float) -> tuple[str, str]:
    """Another person: without a common place nothing joins, however alike the words."""
    if pair.new.personal or pair.old.features.personal or pair.near is Nearness.apart:
        return SEPARATE, ""
    one_text = pair.copy >= copy
    if pair.new.life and not pair.same_topic:
        return SEPARATE, "an emergency of another kind"
    if pair.score < bar.suggest and not one_text:
        return (SUGGEST, "one topic and thing at one place, told otherwise") if pair.same_spot else (SEPARATE, "")
    if pair.near is Nearness.unknown:
        return (SUGGEST, "alike, no common place") if one_text or pair.signals.place_thing else (SEPARATE, "")
    if pair.old.closed:
        return SUGGEST, "the same place, answered before"
    if not pair.sure_town or (pair.topics_differ and pair.signals.place_thing < _CLEARLY):
        return SUGGEST, "alike, another topic or perhaps another town"
    if one_text or (pair.score >= bar.join and pair.near > Nearness.area):
        return JOIN, "one text about one place" if one_text else "the same problem at the same place"
    return SUGGEST, "the same place, alike"
