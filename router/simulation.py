"""A rule set played over history: where appeals would have gone, which rules do nothing, which contradict."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from canonical.appeal import Appeal
from router.policy import Policy
from router.route import FALLBACK, UNSURE, Route

#: Of each conflict, disagreement and change so many appeals are named.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Past:
    """An appeal of the history. executor: the recipient that had it, None when that is no system of ours."""

    name: str
    system: str
    appeal: Appeal
    executor: str | None


@dataclass(slots=True)
class Tally:
    """Counts by what is counted, with the names of the first few."""

    number: Counter[Any] = field(default_factory=Counter)
    names: dict[Any, list[str]] = field(default_factory=dict)

    def add(self, key: Any, name: str) -> None:
        self.number[key] += 1
        if len(known := self.names.setdefault(key, [])) < NAMED:
            known.append(name)

    def rank(self, *heads: str) -> list[dict[str, Any]]:
        """The most frequent first; `heads` name the parts of a key."""
        return [
            dict(zip(heads, key, strict=True)) | {"appeals": count, "ids": self.names[key]}
            for key, count in self.number.most_common()
        ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one rule set; `routes` in the order of the history."""

    routes: Sequence[Route]
    rules: dict[str, int]
    conflicts: Tally
    disagreements: Tally
    compared: int
    agreed: int

    def as_dict(self) -> dict[str, Any]:
        total = len(self.routes) or 1
        to = Counter(name for route in self.routes for name in route.recipients)
        triage = sum(not route.recipients for route in self.routes)
        fallback = sum(route.rule == FALLBACK and bool(route.recipients) for route in self.routes)
        return {
            "appeals": len(self.routes),
            "routed": round(1 - triage / total, 4), "triage": round(triage / total, 4),
            "by_fallback": round(fallback / total, 4),
            "topic_unsure": round(sum(route.rule == UNSURE for route in self.routes) / total, 4),
            "compared": self.compared, "agreement": round(self.agreed / self.compared, 4) if self.compared else None,
            "rules": self.rules, "unused": [name for name, count in self.rules.items() if not count],
            "recipients": dict(to.most_common()),
            "conflicts": self.conflicts.rank("rule", "also", "to", "instead"),
            "disagreements": self.disagreements.rank("rule", "to", "executor"),
        }  # fmt: skip


def simulate(policy: Policy, history: Iterable[Past]) -> Outcome:
    """Agreement: the lead is the executor. Conflict: a rule of the same priority holds too and would send it
    elsewhere; only their order in the file decides."""
    routes, conflicts, disagreements = [], Tally(), Tally()
    used = Counter[str]()
    compared = agreed = 0
    for past in history:
        thinking = policy.think(past.appeal, past.system)
        facts = policy.make_facts(thinking.appeal, past.system, thinking.classified.doubt)
        route = policy.choose(facts)
        routes.append(route)
        used[route.rule] += 1
        for rule, other in policy.routes.find_conflicts(facts):
            conflicts.add((rule.name, other.name, _name(rule.to), _name(other.to)), past.name)
        if past.executor is not None and route.lead is not None:
            compared += 1
            agreed += route.lead == past.executor
            if route.lead != past.executor:
                disagreements.add((route.rule, route.lead, past.executor), past.name)
    rules = {rule.name: used[rule.name] for rule in (*policy.routes.rules, policy.routes.fallback)}
    return Outcome(routes, rules, conflicts, disagreements, compared, agreed)


def compare(history: Sequence[Past], before: Outcome, after: Outcome) -> dict[str, Any]:
    """What goes elsewhere. won: disagreed with the executor before and agrees after; lost: the other way round."""
    moves, won, lost = Tally(), 0, 0
    for past, old, new in zip(history, before.routes, after.routes, strict=True):
        if set(old.recipients) == set(new.recipients) and old.lead == new.lead:
            continue
        moves.add((old.rule, _name(old.recipients), new.rule, _name(new.recipients)), past.name)
        if past.executor is not None:
            won += new.lead == past.executor
            lost += old.lead == past.executor
    changed = sum(moves.number.values())
    return {
        "changed": changed, "share_changed": round(changed / (len(history) or 1), 4), "won": won, "lost": lost,
        "moves": moves.rank("rule_before", "to_before", "rule_after", "to_after"),
    }  # fmt: skip


def _name(recipients: Sequence[str]) -> str:
    return ", ".join(recipients) or "triage"
