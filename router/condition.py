"""`when:` of a rule: which appeals it is for. Shared by routes and deadlines.

    when: {topic: [heating, water], place: Надымский район, channel: [pos], kind: appeal, urgency: [life, urgent],
           organisation: [теплоснаб*, "1028900000000"], words: [порыв* … труб*]}

All keys must hold; of a list one is enough. A topic holds for everything below it: `roads` for `roads.pits`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from canonical.appeal import LegalKind, Urgency
from canonical.mapping.nodes import Text
from router.facts import Facts
from router.matchers import (
    Matcher,
    OrganisationMatcher,
    PlaceMatcher,
    SetMatcher,
    TopicMatcher,
    WordsMatcher,
    fold_place,
)
from router.report import suggest
from router.section import Section

KEYS = ("topic", "place", "channel", "kind", "urgency", "organisation", "words")


@dataclass(frozen=True, slots=True)
class World:
    """What rules may speak of. An empty `topics` or `places` is not looked at (nothing to compare with)."""

    systems: Collection[str]
    topics: Collection[str] = ()
    places: Collection[str] = ()  # ОКТМО codes and names, as written
    channels: Collection[str] = ()  # systems with which nothing can be filed
    _folded: dict[int, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def folded_places(self) -> frozenset[str]:
        if 0 not in self._folded:
            self._folded[0] = frozenset(map(fold_place, self.places))
        return self._folded[0]


@dataclass(frozen=True, slots=True)
class Condition:
    matchers: tuple[Matcher, ...]  # the cheap ones first

    def holds(self, facts: Facts) -> bool:
        return all(test.holds(facts) for test in self.matchers)

    def explain(self, facts: Facts) -> str:
        """Why it does not hold: the first test that fails. Empty when it holds."""
        return next((test.explain(facts) for test in self.matchers if not test.holds(facts)), "")

    def covers(self, other: "Condition") -> bool:
        """Does this one hold wherever `other` does?"""
        return all(any(mine.covers(theirs) for theirs in other.matchers) for mine in self.matchers)

    def allows_topic(self, code: str | None) -> bool:
        return all(test.holds(Facts("", topic=code)) for test in self.matchers if isinstance(test, TopicMatcher))

    def allows(self, **facts: str) -> bool:
        """Can it hold for appeals of which this much is known? `kind="appeal"`."""
        sets = [test for test in self.matchers if isinstance(test, SetMatcher) and test.name in facts]
        return all(facts[test.name] in test.values for test in sets)


def read_condition(section: Section, world: World) -> Condition:
    """From the section of `when:`; an empty one always holds."""
    matchers = [read(section, world) for key, read in _READERS.items() if section.has(key)]
    return Condition(tuple(test for test in matchers if test is not None))


def _read_topic(section: Section, world: World) -> Matcher | None:
    codes = section.texts("topic")
    known = {code.rpartition(".")[0] for code in world.topics if "." in code}
    _check(section, codes, "topic-unknown", {*world.topics, *known}, bool(world.topics), ".*")
    return TopicMatcher(frozenset(code.value.removesuffix(".*") for code in codes)) if codes else None


def _read_place(section: Section, world: World) -> Matcher | None:
    places = section.texts("place")
    for place in places if world.places else ():
        if fold_place(place.value) not in world.folded_places:
            known = [name for name in world.places if not name.isdigit()]
            section.report.add(
                place, "place-unknown", f"`{place.value}` is not in places.yaml", suggest(place.value, known)
            )
    return PlaceMatcher(frozenset(fold_place(place.value) for place in places)) if places else None


def _read_channel(section: Section, world: World) -> Matcher | None:
    channels = section.texts("channel")
    _check(section, channels, "system-unknown", world.systems)
    return _make_set("channel", channels)


def _read_kind(section: Section, world: World) -> Matcher | None:
    kinds = section.texts("kind")
    _check(section, kinds, "unknown-choice", [kind.value for kind in LegalKind])
    return _make_set("kind", kinds)


def _read_urgency(section: Section, world: World) -> Matcher | None:
    values = section.texts("urgency")
    _check(section, values, "unknown-choice", [value.value for value in Urgency])
    return _make_set("urgency", values)


def _make_set(name: str, values: Iterable[Text]) -> Matcher | None:
    words = frozenset(value.value for value in values)
    return SetMatcher(name, words) if words else None


def _check(
    section: Section, values: list[Text], code: str, known: Collection[str], on: bool = True, tail: str = ""
) -> None:
    for value in values if on else ():
        word = value.value.removesuffix(tail) if tail else value.value
        if word not in known:
            section.report.add(value, code, f"`{value.value}` is not known", suggest(word, sorted(known)))


_READERS: dict[str, Callable[[Section, World], Matcher | None]] = {
    "channel": _read_channel,
    "kind": _read_kind,
    "urgency": _read_urgency,
    "topic": _read_topic,
    "place": _read_place,
    "organisation": lambda section, world: OrganisationMatcher.read(section.report, section.texts("organisation")),
    "words": lambda section, world: WordsMatcher.read(section.report, section.texts("words")),
}
