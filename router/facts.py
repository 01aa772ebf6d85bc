"""What rules look at: an appeal as far as its handling depends on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from canonical.appeal import Appeal, LegalKind, Organisation, Urgency
from canonical.text import split_text


@dataclass(frozen=True, slots=True)
class Facts:
    """Holds no name, phone or flat. `channel` is the system it came from."""

    channel: str
    text: str = ""
    topic: str | None = None
    oktmo: str | None = None
    municipality: str | None = None
    settlement: str | None = None
    kind: LegalKind = LegalKind.message
    urgency: Urgency = Urgency.normal
    organisation: Organisation | None = None
    doubt: tuple[tuple[str, float], ...] = ()  # topics that the model cannot choose from, with their probabilities

    @property
    def words(self) -> Sequence[str]:
        return split_text(self.text)


def make_facts(appeal: Appeal, system: str, doubt: Sequence[tuple[str, float]] = ()) -> Facts:
    """Of an appeal whose topic, place and urgency were filled in."""
    place = appeal.place
    return Facts(
        system, appeal.text, appeal.topic.code, place.oktmo, place.municipality, place.settlement,
        appeal.legal_kind, appeal.urgency, appeal.organisation, tuple(doubt),
    )  # fmt: skip
