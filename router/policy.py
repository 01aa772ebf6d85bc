"""All policy files as one: what the workers ask and what `tsur check` checks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from canonical.appeal import Appeal
from canonical.finding import Finding
from canonical.text import split_text
from router import duplicates
from router.condition import World
from router.crowds import CrowdRules
from router.deadlines import Deadlines, Pause
from router.duplicates import Candidate, Features, Judgement, Rules
from router.facts import Facts, make_facts
from router.places import Places
from router.report import PolicyErrors
from router.route import Route
from router.routes import Routes
from router.topics import Classified, Topics

FILES = ("routes.yaml", "topics.yaml", "places.yaml", "deadlines.yaml", "duplicates.yaml", "events.yaml")


@dataclass(frozen=True, slots=True)
class Thinking:
    """An appeal with topic, place and urgency filled in, and how they were found."""

    appeal: Appeal
    classified: Classified


@dataclass(frozen=True)
class Policy:
    """Immutable; made once per configuration. Every method is pure and safe in threads."""

    routes: Routes
    topics: Topics
    places: Places
    deadlines: Deadlines
    duplicates: Rules
    crowds: CrowdRules

    @classmethod
    def load(cls, files: Mapping[str, str], systems: Collection[str]) -> "Policy":
        """`files`: name → text; only `routes.yaml` is obligatory. Raises PolicyErrors."""
        known = frozenset(systems)
        if "routes.yaml" not in files:
            raise PolicyErrors([_miss("routes.yaml")])
        topics = Topics.load(files.get("topics.yaml", "version: 1"), "topics.yaml", known, files)
        places = Places.load(files.get("places.yaml", "version: 1"), "places.yaml")
        world = World(known, frozenset(topics.entries), frozenset(places.names))
        return cls(
            Routes.load(files["routes.yaml"], "routes.yaml", known, world), topics, places,
            Deadlines.load(files.get("deadlines.yaml", "version: 1"), "deadlines.yaml", known, world),
            Rules.load(files.get("duplicates.yaml", "version: 1"), "duplicates.yaml", known),
            CrowdRules.load(files.get("events.yaml"), frozenset(topics.entries)),
        )  # fmt: skip

    def think(self, appeal: Appeal, system: str) -> Thinking:
        """Topic, place and urgency filled in, with the reason kept."""
        words = split_text(appeal.text)
        classified = self.topics.classify(appeal, system, words)
        place = self.places.fill(appeal.place, appeal.text, words)
        fresh = {"topic": classified.topic, "urgency": classified.urgency, "place": place}
        return Thinking(appeal.model_copy(update=fresh), classified)

    def enrich(self, appeal: Appeal, system: str) -> Appeal:
        return self.think(appeal, system).appeal

    def make_facts(self, appeal: Appeal, system: str, doubt: Sequence[tuple[str, float]] = ()) -> Facts:
        """Of an enriched appeal. `doubt`: of its `Classified`."""
        return make_facts(appeal, system, doubt)

    def list_complained_of(self, appeal: Appeal, system: str) -> frozenset[str]:
        """Recipients that an enriched appeal is not to be shown to, by `never_to`."""
        return self.routes.list_complained_of(self.make_facts(appeal, system)) if self.routes.bodies else frozenset()

    def choose(self, facts: Facts) -> Route:
        return self.routes.choose(facts)

    @property
    def compares(self) -> bool:
        """Whether anything asks for features: what decides on duplicates, or what counts a crowd's houses."""
        return self.duplicates.enabled or self.crowds.enabled

    def make_features(self, appeal: Appeal, system: str, persons: Collection[str] = (), key: bytes = b"") -> Features:
        """Of an enriched appeal. `persons`: keyed hashes, or `canonical.person.list_person_keys`; `key`: the
        deployment's secret for what else is hashed."""
        entry = self.topics.entries.get(appeal.topic.code or "")
        return duplicates.make_features(appeal, system, persons, entry is not None and entry.personal, key)

    def judge(self, new: Features, candidates: Iterable[Candidate]) -> Judgement:
        return duplicates.judge(new, candidates, self.duplicates)

    def weigh(self, new: Features, old: Candidate) -> float:
        """How much speaks for one problem, 0 to 1."""
        return duplicates.pair_up(new, old, self.duplicates).score

    def due(
        self, appeal: Appeal, received_at: datetime, system: str, pauses: Iterable[Pause] = (),
        now: datetime | None = None, step: str = "answer",
    ) -> datetime:  # fmt: skip
        """Of an enriched appeal; UTC. See `Deadlines.find`."""
        return self.deadlines.due(appeal, received_at, system, pauses, now, step)


def check(files: Mapping[str, str], systems: Collection[str], channels: Collection[str] = ()) -> Sequence[Finding]:
    """Every finding of the policy files, in order of file and place. Never raises on any text.

    `channels`: those of the systems with which nothing can be filed.
    """
    from router.checking import check_files

    return check_files(files, frozenset(systems), frozenset(channels))


def _miss(name: str) -> Finding:
    return Finding(name, 1, 1, "missing-file", f"no {name}", "write it beside the `systems` folder")
