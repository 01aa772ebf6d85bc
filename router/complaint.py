"""`never_to:`: a complaint about a body is not sent to that body.

    never_to:
      nadym: [администрац* надым*, "1028900578915"]   # words of its name, ОГРН, ИНН, id

It is complained of when the appeal's own field names it, or when the text says so in words («жалоба на …»).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from router.facts import Facts
from router.lexicon import MAX_GAP, Lexicon, Part, Pattern, parse_pattern
from router.matchers import OrganisationMatcher
from router.report import suggest
from router.section import Section

_COMPLAINTS = ("жалоб*", "жалу*", "пожалов*", "бездейств*", "бездейс*", "обжал*", "претенз*", "незаконн* действ*",
               "незаконн* решен*", "отписк*")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Body:
    matcher: OrganisationMatcher
    words: Lexicon

    def find(self, facts: Facts) -> str:
        """How the appeal names it; empty when it does not."""
        if self.matcher.holds(facts):
            return "the appeal is about this body"
        return "the text complains of this body" if self.words.find(facts.words) else ""


def read_bodies(section: Section, systems: "frozenset[str]") -> Mapping[str, Body]:
    bodies = {}
    for key, _ in section.entries():
        if key.value not in systems:
            section.report.add(key, "recipient-unknown", f"no system `{key.value}`", suggest(key.value, systems))
        matcher = OrganisationMatcher.read(section.report, section.texts(key.value))
        if matcher is not None:
            bodies[key.value] = Body(matcher, _make_lexicon(matcher))
    return bodies


def _make_lexicon(matcher: OrganisationMatcher) -> Lexicon:
    names = matcher.name.patterns if matcher.name else ()
    return Lexicon((0, _put_near(parse_pattern(word), name)) for word in _COMPLAINTS for name in names)


def _put_near(word: Pattern, name: Pattern) -> Pattern:
    first = Part(name[0].word, name[0].stem, MAX_GAP)
    return (*word, first, *name[1:])
