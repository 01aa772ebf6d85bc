"""The single matchers a condition is made of. Each says whether it holds, why not, and what it takes in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from canonical.appeal import Organisation
from canonical.mapping.nodes import Text
from canonical.text import split_words
from router.facts import Facts
from router.lexicon import Lexicon, Pattern, read_patterns
from router.report import Report

MUNICIPAL = 8  # digits of a municipality's ОКТМО; three more name a settlement


class Matcher(Protocol):
    def holds(self, facts: Facts) -> bool: ...
    def explain(self, facts: Facts) -> str:
        """Why it does not hold."""
        ...

    def covers(self, other: Any) -> bool:
        """Does it hold wherever `other` does?"""
        ...


def fold_place(name: str) -> str:
    return name[:MUNICIPAL] if name.isdigit() else " ".join(split_words(name))


@dataclass(frozen=True, slots=True)
class SetMatcher:
    name: str  # an attribute of Facts
    values: frozenset[str]

    def holds(self, facts: Facts) -> bool:
        return getattr(facts, self.name) in self.values

    def explain(self, facts: Facts) -> str:
        return f"{self.name} is {getattr(facts, self.name)}, not {_join(self.values)}"

    def covers(self, other: Any) -> bool:
        return isinstance(other, SetMatcher) and other.name == self.name and other.values <= self.values


@dataclass(frozen=True, slots=True)
class TopicMatcher:
    codes: frozenset[str]

    def holds(self, facts: Facts) -> bool:
        return self._takes(facts.topic)

    def _takes(self, code: str | None) -> bool:
        while code:
            if code in self.codes:
                return True
            code = code.rpartition(".")[0]
        return False

    def explain(self, facts: Facts) -> str:
        return f"topic is {facts.topic or 'unknown'}, not {_join(self.codes)}"

    def covers(self, other: Any) -> bool:
        return isinstance(other, TopicMatcher) and all(map(self._takes, other.codes))


@dataclass(frozen=True, slots=True)
class PlaceMatcher:
    names: frozenset[str]  # ОКТМО codes of eight digits, folded names

    def holds(self, facts: Facts) -> bool:
        if facts.oktmo and facts.oktmo[:MUNICIPAL] in self.names:
            return True
        return any(
            name is not None and fold_place(name) in self.names for name in (facts.municipality, facts.settlement)
        )

    def explain(self, facts: Facts) -> str:
        place = ", ".join(filter(None, (facts.oktmo, facts.municipality, facts.settlement))) or "unknown"
        return f"place is {place}, not {_join(self.names)}"

    def covers(self, other: Any) -> bool:
        return isinstance(other, PlaceMatcher) and other.names <= self.names


@dataclass(frozen=True, slots=True)
class WordsMatcher:
    patterns: frozenset[Pattern]
    written: tuple[str, ...]
    lexicon: Lexicon = field(repr=False, compare=False)

    @classmethod
    def read(cls, report: Report, words: Sequence[Text]) -> "WordsMatcher | None":
        patterns = read_patterns(report, words)
        lexicon = Lexicon((place, pattern) for place, (_, pattern) in enumerate(patterns))
        return cls(frozenset(p for _, p in patterns), tuple(w for w, _ in patterns), lexicon) if patterns else None

    def holds(self, facts: Facts) -> bool:
        return bool(self.lexicon.find(facts.words))

    def explain(self, facts: Facts) -> str:
        return f"none of the words {_join(self.written)}"

    def covers(self, other: Any) -> bool:
        return isinstance(other, WordsMatcher) and other.patterns <= self.patterns


@dataclass(frozen=True, slots=True)
class OrganisationMatcher:
    """By id, ОГРН or ИНН exactly, or by words of its name."""

    codes: frozenset[str]
    name: WordsMatcher | None

    @classmethod
    def read(cls, report: Report, words: Sequence[Text]) -> "OrganisationMatcher | None":
        codes = [word for word in words if word.value.isdigit()]
        name = WordsMatcher.read(report, [word for word in words if not word.value.isdigit()])
        return cls(frozenset(code.value for code in codes), name) if codes or name else None

    def holds(self, facts: Facts) -> bool:
        return facts.organisation is not None and self.names(facts.organisation)

    def names(self, body: Organisation) -> bool:
        if self.codes & {body.id, body.ogrn, body.inn}:
            return True
        return self.name is not None and bool(self.name.lexicon.find(split_words(body.name or "")))

    def explain(self, facts: Facts) -> str:
        written = self.name.written if self.name else ()
        return f"the organisation is not {_join([*self.codes, *written])}"

    def covers(self, other: Any) -> bool:
        if not isinstance(other, OrganisationMatcher) or not other.codes <= self.codes:
            return False
        return other.name is None or (self.name is not None and self.name.covers(other.name))


def _join(values: "frozenset[str] | Sequence[str]") -> str:
    shown = sorted(values)[:5]
    return " or ".join(shown) + (" …" if len(values) > 5 else "")
