"""topics.yaml: what an appeal is about. The channel's own code decides; without one, the words of the text, or the
model of the site's history where there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from canonical.appeal import URGENCY_RANK, Appeal, Urgency
from canonical.finding import Finding
from canonical.text import split_text, split_words
from canonical.topic import Topic
from router.learned import Learned, Opinion, load_learned, read_named
from router.lexicon import Lexicon
from router.report import Report
from router.topics_file import Entry, Sign, read_topics

#: A hint alone (1) names no topic, a word (2) does.
ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Classified:
    """`by`: mapping (the channel's code, by its mapping), code (by `codes:` here), title (the words of the channel's
    own topic), model (sure of it), words (of the text), or nothing. `signs` are the patterns that decided, `raised`
    those of urgency."""

    topic: Topic
    urgency: Urgency
    by: str
    signs: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()
    by_words: str | None = None  # what the text alone says: kept beside the channel's code
    opinion: Opinion | None = None  # what the model says, kept too

    @property
    def doubt(self) -> tuple[tuple[str, float], ...]:
        """The likeliest topics, when nothing names one and the model is not sure; a person chooses. What may cost a
        life never waits for that: the rules decide."""
        told = self.topic.code is not None or self.urgency is Urgency.life
        return () if told or self.opinion is None else self.opinion.ranked

    @property
    def reason(self) -> str:
        told = {
            "mapping": "the channel's code, by its mapping", "code": "the channel's code, by topics.yaml",
            "title": "the channel's topic says", "words": "the text says", "model": "the model is sure",
            "nothing": "no code and no word names a topic",
        }[self.by]  # fmt: skip
        asked = f"; the model: {self.opinion}" if self.opinion else ""
        return " ".join([told, *(f"«{sign}»" for sign in self.signs)]).strip() + asked


class Topics:
    def __init__(self, entries: Sequence[Entry], urgent: Sequence[Sign], learned: Learned | None = None) -> None:
        self.learned = learned
        self.entries: Mapping[str, Entry] = {entry.code: entry for entry in entries}
        self.codes = {(system, code): entry.code for entry in entries for system, code in entry.codes}
        self.signs = [*(sign for entry in entries for sign in entry.signs), *urgent]
        self.first_urgent = len(self.signs) - len(urgent)
        self.lexicon = Lexicon((place, sign.pattern) for place, sign in enumerate(self.signs))

    @classmethod
    def load(
        cls, text: str, path: str, systems: Sequence[str] | frozenset[str] | None = None,
        files: Mapping[str, str] | None = None,
    ) -> "Topics":  # fmt: skip
        """Raises PolicyErrors. `systems`: None leaves the names under `codes:` unchecked. `files`: where the model is;
        None leaves it unread."""
        report = Report(path)
        entries, urgent, top = read_topics(report, text, None if systems is None else frozenset(systems))
        named = read_named(top)
        learned = load_learned(report, named, entries, files) if named and files is not None else None
        report.raise_fatal()
        return cls(entries, urgent, learned)

    def classify(self, appeal: Appeal, system: str, words: Sequence[str] | None = None) -> Classified:
        """Topic with code and raw kept, and the highest of the appeal's, the topic's and the words' urgency."""
        words = split_text(appeal.text) if words is None else words
        found = self.lexicon.find(words)
        guess, signs = self._weigh(found)
        opinion = self.learned.judge(appeal.text) if self.learned else None
        raised = [self.signs[place] for place in sorted(found) if place >= self.first_urgent]
        code, by = self._find_code(appeal.topic, system)
        if code is None:
            code, by = _choose(guess, opinion, any(sign.topic == Urgency.life for sign in raised))
        signs = signs if by in ("words", "title") else ()
        urgency = self._raise(appeal.urgency, code, raised)
        topic = appeal.topic if appeal.topic.code == code else Topic(code=code, raw=appeal.topic.raw)
        return Classified(topic, urgency, by, signs, tuple(sign.written for sign in raised), guess, opinion)

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


def _choose(words: str | None, opinion: Opinion | None, life: bool) -> tuple[str | None, str]:
    """Where there is a model, words alone count when it thinks of the same first, or when there is no time to ask."""
    if opinion is not None and opinion.sure:
        return opinion.ranked[0][0], "model"
    if words and (opinion is None or life or opinion.ranked[0][0] == words):
        return words, "words"
    return None, "nothing"


def check_topics(text: str, path: str, systems: frozenset[str] | None) -> list[Finding]:
    report = Report(path)
    read_topics(report, text, systems)
    return report.findings


__all__ = ["Classified", "Topics", "check_topics"]
