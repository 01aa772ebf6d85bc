"""routes.yaml: who gets an appeal. Rules are tried by priority, then in the order of the file; the first wins.

rules:
  heat: {when: {topic: heating}, to: [teplo, nadym], lead: teplo, answered_by: all, priority: 10}
  odd: {when: {words: [нло]}, to: triage}
fallback: {to: [ministry]}
never_to: {nadym: [администрац* надым*]}
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from canonical.finding import Finding
from router.complaint import Body
from router.condition import World
from router.facts import Facts
from router.report import Report
from router.route import FALLBACK, TRIAGE, UNSURE, Reason, Route, Rule
from router.routes_file import CONFIRM_ABOVE, read_routes


@dataclass(frozen=True, slots=True)
class Routes:
    rules: tuple[Rule, ...]  # in the order of trial
    fallback: Rule
    bodies: Mapping[str, Body] = field(default_factory=dict)
    confirm_above: int = CONFIRM_ABOVE
    _by_topic: dict[str | None, tuple[Rule, ...]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, text: str, path: str, systems: Collection[str], world: World | None = None) -> "Routes":
        """Raises PolicyErrors. `world` adds the topics and places that rules may name."""
        report = Report(path)
        routes = cls(*read_routes(report, text, world or World(frozenset(systems))))
        report.raise_fatal()
        return routes

    def choose(self, facts: Facts, without: Collection[str] = ()) -> Route:
        """The first rule that holds and has a recipient left; else the fallback; else triage. While the topic is in
        doubt no rule is tried. `without`: who had it already."""
        if facts.doubt:
            return self._make(self.fallback, (), facts, UNSURE)
        for rule in self._near(facts.topic):
            if rule.when.holds(facts) and (route := self._take(rule, facts, without)):
                return route
        return self._take(self.fallback, facts, without) or self._make(self.fallback, (), facts, TRIAGE)

    def list_complained_of(self, facts: Facts) -> frozenset[str]:
        """Recipients of `never_to` that this appeal complains of."""
        return frozenset(name for name, body in self.bodies.items() if body.find(facts))

    def find_conflicts(self, facts: Facts) -> list[tuple[Rule, Rule]]:
        """The rule that wins, with each of equal priority that holds too and would send it elsewhere."""
        holding = [rule for rule in self._near(facts.topic) if rule.when.holds(facts)] if not facts.doubt else []
        won = next((rule for rule in holding if self._take(rule, facts, ())), None)
        same = [rule for rule in holding if won and rule.priority == won.priority and set(rule.to) != set(won.to)]
        return [(won, rule) for rule in same] if won else []

    def explain(self, facts: Facts) -> Sequence[Reason]:
        return list(self._explain(facts))

    def _near(self, topic: str | None) -> tuple[Rule, ...]:
        """The rules whose topic this can be: most others need not be tried."""
        if topic not in self._by_topic:
            if len(self._by_topic) > 1000:
                self._by_topic.clear()
            self._by_topic[topic] = tuple(rule for rule in self.rules if rule.when.allows_topic(topic))
        return self._by_topic[topic]

    def _take(self, rule: Rule, facts: Facts, without: Collection[str]) -> Route | None:
        """None when everyone it names is complained of, or had it."""
        to = tuple(name for name in rule.to if name not in without) if without else rule.to
        if self.bodies and to:
            to = tuple(name for name in to if not (name in self.bodies and self.bodies[name].find(facts)))
        return self._make(rule, to, facts, rule.name) if to or not rule.to else None

    def _make(self, rule: Rule, to: tuple[str, ...], facts: Facts, name: str) -> Route:
        lead = rule.lead if rule.lead in to else next(iter(to), None)
        return Route(to, lead, rule.answered_by, name, partial(self.explain, facts))

    def _explain(self, facts: Facts) -> Iterator[Reason]:
        if facts.doubt:
            likely = ", ".join(f"{code} {chance:.0%}" for code, chance in facts.doubt)
            yield Reason(UNSURE, True, f"the model is not sure of the topic ({likely}): a person chooses")
            return
        winner: str | None = None
        for rule in (*self.rules, self.fallback):
            failed, skipped = rule.when.explain(facts), self._skipped(rule, facts)
            if failed:
                yield Reason(rule.name, False, failed)
            elif winner:
                yield Reason(rule.name, False, f"holds too, but {winner} comes first")
            elif rule.to and len(skipped) == len(rule.to):
                yield Reason(rule.name, False, "; ".join(skipped))
            else:
                winner = rule.name
                yield Reason(rule.name, True, "; ".join(["the first that holds", *skipped]))
        if not winner:
            yield Reason(TRIAGE, True, "no rule has a recipient for it: a person chooses")

    def _skipped(self, rule: Rule, facts: Facts) -> list[str]:
        found = [(name, self.bodies[name].find(facts)) for name in rule.to if name in self.bodies]
        return [f"not to {name}: {why}" for name, why in found if why]


def check_routes(text: str, path: str, world: World) -> list[Finding]:
    report = Report(path)
    read_routes(report, text, world)
    return report.findings


__all__ = ["FALLBACK", "Reason", "Route", "Routes", "Rule", "check_routes"]
