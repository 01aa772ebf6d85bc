"""What rules look at: an appeal as far as its handling depends on it."""

from dataclasses import dataclass, field

from canonical.appeal import Appeal, LegalKind, Organisation, Urgency
from canonical.text import split_words


@dataclass(slots=True)
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
    _words: list[str] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def words(self) -> list[str]:
        if self._words is None:
            self._words = split_words(self.text)
        return self._words


def make_facts(appeal: Appeal, system: str) -> Facts:
    """Of an appeal whose topic, place and urgency were filled in."""
    place = appeal.place
    return Facts(
        system, appeal.text, appeal.topic.code, place.oktmo, place.municipality, place.settlement,
        appeal.legal_kind, appeal.urgency, appeal.organisation,
    )  # fmt: skip
