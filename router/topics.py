"""topics.yaml: what an appeal is about. The channel's own code decides; without one, the words of the text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from canonical.appeal import URGENCY_RANK, Appeal, Urgency
from canonical.finding import Finding
from canonical.text import split_text, split_words
from canonical.topic import Topic
from router.lexicon import Lexicon
from router.report import Report
from router.topics_file import Entry, Sign, read_topics

#: A hint alone (1) names no topic, a word (2) does.
ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Classified:
    """`by`: mapping (the channel's code, by its mapping), code (by `codes:` here), title (the words of the channel's
    own topic), words (of the text), or nothing. `signs` are the patterns that decided, `raised` those of urgency."""

    topic: Topic
    urgency: Urgency
    by: str
    signs: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    by_words: str | None = None  # what the text alone says: kept beside the channel's code

    @property
    def reason(self) -> str:
        told = {
            "mapping": "the channel's code, by its mapping", "code": "the channel's code, by topics.yaml",
            "title": "the channel's topic says", "words": "the text says",
            "nothing": "no code and no word names a topic",
        }[self.by]  # fmt: skip
        return " ".join([told, *(f"«{sign}»" for sign in self.signs)]).strip()


class Topics:
    def __init__(self, entries: Sequence[Entry], urgent: Sequence[Sign]) -> None:
        self.entries: Mapping[str, Entry] = {entry.code: entry for entry in entries}
        self.codes = {(system, code): entry.code for entry in entries for system, code in entry.codes}
        self.signs = [*(sign for entry in entries for sign in entry.signs), *urgent]
        self.first_urgent = len(self.signs) - len(urgent)
        self.lexicon = Lexicon((place, sign.pattern) for place, sign in enumerate(self.signs))

    @classmethod
    def load(cls, text: str, path: str, systems: Sequence[str] | frozenset[str] | None = None) -> "Topics":
        """Raises PolicyErrors. `systems`: None leaves the names under `codes:` unchecked."""
        report = Report(path)
        topics = cls(*read_topics(report, text, None if systems is None else frozenset(systems)))
        report.raise_fatal()
        return topics

    def classify(self, appeal: Appeal, system: str, words: Sequence[str] | None = None) -> Classified:
        """Topic with code and raw kept, and the highest of the appeal's, the topic's and the words' urgency."""
        words = split_text(appeal.text) if words is None else words
        found = self.lexicon.find(words)
        guess, signs = self._weigh(found)
        code, by = self._find_code(appeal.topic, system)
        if code is None:
            code, by = guess, "words" if guess else "nothing"
            signs = signs if guess else ()
        elif by != "title":
            signs = ()
        raised = [self.signs[place] for place in sorted(found) if place >= self.first_urgent]
        urgency = self._raise(appeal.urgency, code, raised)
        topic = appeal.topic if appeal.topic.code == code else Topic(code=code, raw=appeal.topic.raw)
        return Classified(topic, urgency, by, signs, tuple(sign.written for sign in raised), guess)

    def guess(self, words: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
        """The topic that words alone tell, and the patterns that say so."""
        return self._weigh(self.lexicon.find(words))

    def _weigh(self, found: Mapping[int, int]) -> tuple[str | None, tuple[str, ...]]:
        """The topic with most points, the earlier named of equals."""
        points: dict[str, int] = {}
        first: dict[str, int] = {}
        for (topic, place), value in self._weigh_words(found).items():
            points[topic] = points.get(topic, 0) + value
            first[topic] = min(first.get(topic, place), place)
        best = min(points, key=lambda code: (-points[code], first[code]), default=None)
        if best is None or points[best] < ENOUGH:
            return None, ()
        return best, tuple(self.signs[sign].written for sign in sorted(found) if self.signs[sign].topic == best)

    def _weigh_words(self, found: Mapping[int, int]) -> dict[tuple[str, int], int]:
        """Points by topic and place: one word of the text counts once, however many patterns know it."""
        weighed: dict[tuple[str, int], int] = {}
        for number, place in found.items():
            if number < self.first_urgent:
                sign = self.signs[number]
                before = weighed.get((sign.topic, place), 0)
                weighed[sign.topic, place] = sign.points if abs(sign.points) > abs(before) else before
        return weighed

    def _find_code(self, topic: Topic, system: str) -> tuple[str | None, str]:
        if topic.code in self.entries:
            return topic.code, "mapping"
        if topic.raw is None:
            return None, ""
        if (code := self.codes.get((system, topic.raw.code))) is not None:
            return code, "code"
        return self.guess(split_words(f"{topic.raw.text or ''} {topic.raw.code}"))[0], "title"

    def _raise(self, urgency: Urgency, code: str | None, raised: Sequence[Sign]) -> Urgency:
        entry = self.entries.get(code) if code else None
        told = [urgency, *([entry.urgency] if entry else []), *(Urgency(sign.topic) for sign in raised)]
        return min(told, key=URGENCY_RANK.__getitem__)


def check_topics(text: str, path: str, systems: frozenset[str] | None) -> list[Finding]:
    report = Report(path)
    read_topics(report, text, systems)
    return report.findings


__all__ = ["Classified", "Topics", "check_topics"]
