"""Is a new appeal one of those we have? Pure: candidates come from the ledger by `Features.keys`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from router.duplicates.features import Features
from router.duplicates.nearness import Nearness, find_nearness, in_other_towns, is_town_sure
from router.duplicates.rules import MODES, Bar, Rules
from router.duplicates.shingles import overlap, similarity
from router.duplicates.substance import share_names, share_things

JOIN, SUGGEST, SEPARATE = "join", "suggest", "separate"
REPEAT, SAME_PROBLEM, NONE = "repeat", "same_problem", "none"
#: How many times the threshold is asked for at each nearness. A stop or a street has many problems, a house fewer.
_NEVER = 1000.0
_JOIN_AT = {Nearness.house: 1.0, Nearness.object: 1.8, Nearness.yard: 1.8, Nearness.street: _NEVER}
_SUGGEST_AT = {Nearness.house: 0.4, Nearness.object: 1.0, Nearness.yard: 1.0, Nearness.street: 1.6}
_NAMESAKES = 0.5  # people of one name do not write half the same text
_THING_AND_PLACE = 0.7  # of a pair's weight; the rest is its words
_JOIN_WEIGHT, _SUGGEST_WEIGHT = 0.55, 0.3
_RANK = {JOIN: 0, SUGGEST: 1, SEPARATE: 2}


@dataclass(frozen=True, slots=True)
class Candidate:
    """`closed`: its case was answered. Another person's appeal then opens a case of its own, or a person decides."""

    appeal_id: str
    case_id: str
    features: Features
    closed: bool = False

    @staticmethod
    def load(appeal_id: str, case_id: str, blob: bytes, closed: bool = False) -> "Candidate":
        return Candidate(appeal_id, case_id, Features.load(blob), closed)


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
    alike: float  # 0 to 1: words in common
    copy: float  # 0 to 1: text in common
    apart: timedelta

    @property
    def same_topic(self) -> bool:
        return bool(self.new.topic) and self.new.topic == self.old.features.topic

    @property
    def topics_differ(self) -> bool:
        one, other = self.new.topic, self.old.features.topic
        return bool(one and other) and one.partition(".")[0] != other.partition(".")[0]

    @property
    def evidence(self) -> dict[str, Any]:
        return {
            "same_person": self.same_person, "place": self.near.name, "town": "same" if self.sure_town else "assumed",
            "weight": round(weigh_pair(self), 2), "words": round(self.alike, 2), "text": round(self.copy, 2),
            "topics": [self.new.topic, self.old.features.topic],
            "hours": round(self.apart.total_seconds() / 3600, 1),
        }  # fmt: skip


def judge(new: Features, candidates: Iterable[Candidate], rules: Rules) -> Judgement:
    """The boldest judgement over all candidates; of equals, the likest."""
    best = Judgement(SEPARATE, NONE)
    rank: tuple[int, float] = (_RANK[SEPARATE], 0.0)
    for candidate in candidates if rules.enabled else ():
        pair = compare(new, candidate)
        outcome, kind, why = _decide(pair, rules)
        if outcome == SEPARATE:
            continue
        here = (_RANK[outcome], -(pair.near + pair.alike + pair.copy + pair.same_person))
        if here < rank:
            rank, evidence = here, pair.evidence | {"why": why}
            best = Judgement(outcome, kind, candidate.appeal_id, candidate.case_id, evidence)
    return best


def compare(new: Features, old: Candidate) -> Pair:
    other = old.features
    copy, words = similarity(new.sketch, other.sketch), overlap(new.words, other.words)
    near = find_nearness(new, other)
    alike = words if near > Nearness.unknown else max(words, copy)  # a common address is common text
    apart = timedelta(seconds=abs(new.at - other.at))
    return Pair(new, old, _is_same_person(new, other, copy), near, is_town_sure(new, other), alike, copy, apart)


#: How much of a common place each nearness is.
_PLACE = {
    Nearness.apart: 0.0, Nearness.unknown: 0.0, Nearness.street: 0.6, Nearness.yard: 0.7, Nearness.object: 1.0,
    Nearness.house: 1.0,
}  # fmt: skip


def weigh(new: Features, old: Candidate) -> float:
    """How much speaks for one problem, 0 to 1: a common place and a common thing, each as far as the other; names
    stand in for a place that is not told, and alike texts add to what place and thing say."""
    return weigh_pair(compare(new, old))


def weigh_pair(pair: Pair) -> float:
    new, other = pair.new, pair.old.features
    names = share_names(new.named, other.named) * (0.4 if pair.near is Nearness.apart else 0.8)
    both = max(_PLACE[pair.near], names) * share_things(new.things, other.things)
    return _THING_AND_PLACE * both + (1 - _THING_AND_PLACE) * (pair.alike + pair.copy) / 2


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
    outcome, why = (_weigh_repeat if pair.same_person else _weigh_same_problem)(pair, bar, rules.copy)
    mode = rules.find_mode(pair.new.system, pair.old.features.system)
    if outcome == SEPARATE or mode == MODES[2]:
        return SEPARATE, NONE, why
    return (SUGGEST if mode == MODES[1] else outcome), kind, why


def _weigh_repeat(pair: Pair, bar: Bar, copy: float) -> tuple[str, str]:
    """The same person: the place need not be told again, and a text sent twice is one appeal."""
    if pair.copy >= copy and not in_other_towns(pair.new, pair.old.features):
        return JOIN, "the same person sent the same text"
    if pair.near is Nearness.apart or (pair.topics_differ and pair.near < Nearness.house):
        return (
            (SUGGEST, "much the same words, another place or topic") if pair.alike >= 2 * bar.join else (SEPARATE, "")
        )
    if pair.alike >= bar.join or (pair.same_topic and pair.near >= Nearness.yard and pair.alike >= bar.suggest):
        return JOIN, "the same person about the same"
    if pair.alike >= bar.suggest or (pair.same_topic and pair.near > Nearness.unknown):
        return SUGGEST, "the same person about something alike"
    return SEPARATE, ""


def _weigh_same_problem(pair: Pair, bar: Bar, copy: float) -> tuple[str, str]:
    """Another person: without a common place words alone never join."""
    if pair.new.personal or pair.old.features.personal or pair.near is Nearness.apart:
        return SEPARATE, ""
    if pair.near is Nearness.unknown:
        return (SUGGEST, "one text, no place") if pair.copy >= copy else (SEPARATE, "")
    if pair.new.life and not pair.same_topic:
        return SEPARATE, "an emergency of another kind"
    weight = weigh_pair(pair)
    if pair.alike < bar.suggest:
        return (SUGGEST, "the same place and thing") if weight >= _SUGGEST_WEIGHT else (SEPARATE, "")
    if pair.old.closed:
        return (SUGGEST, "the same place, answered before") if pair.alike >= bar.join else (SEPARATE, "")
    if pair.copy >= copy and pair.sure_town:
        return JOIN, "one text about one place"
    if pair.same_topic and pair.alike >= bar.join * _JOIN_AT[pair.near] * (1 if pair.sure_town else 2):
        return JOIN, "the same problem at the same place"
    if weight >= _JOIN_WEIGHT and pair.near >= Nearness.object and pair.sure_town and not pair.topics_differ:
        return JOIN, "the same thing at the same place"
    if weight >= _SUGGEST_WEIGHT:
        return SUGGEST, "the same place and thing"
    enough = max(bar.suggest, bar.join * _SUGGEST_AT[pair.near])
    if pair.alike >= (enough if pair.same_topic else 2 * enough):
        return SUGGEST, "the same place, alike"
    return SEPARATE, ""
