"""What a recipient's mapping has no words for is not lost in silence: the audit says so, with `recipient.untold`, and
a person is asked where it is news. One open item per case and recipient: of thousands who join one is enough.
"""

from typing import Any, Protocol

from canonical.address import Address, read_addresses
from canonical.appeal import URGENCY_RANK, Appeal
from canonical.street import fold_house
from canonical.text import fold
from ledger.store import Tx

#: Reasons of desk items, by the intent that is missing.
REASONS = {"join": "no_way_to_join", "supplement": "no_way_to_supplement"}


class Voice(Protocol):
    """A batch that is being decided, or a person's decision."""

    tx: Tx

    def deliver(self, system: str, intent: str, **columns: Any) -> str: ...

    def note(self, kind: str, subject: str, **detail: Any) -> None: ...

    def ask_once(
        self, kind: str, subject: str, system: str, reason: str, evidence: str = "", urgency: int = 2
    ) -> None: ...


def leave_untold(voice: Voice, recipient: str, intent: str, case_id: str, name: str, urgency: int, news: bool) -> None:
    """`name`: the appeal that this recipient is not told of, or whose change it is not."""
    voice.note("recipient.untold", name, recipient=recipient, intent=intent)
    if news:
        voice.ask_once("reply", case_id, recipient, REASONS[intent], name, urgency)


def is_news(known: Appeal, said: Appeal) -> bool:
    """Whether who works by what is known must hear of this: another address or object, or greater danger."""
    danger = URGENCY_RANK[said.urgency] < URGENCY_RANK[known.urgency]
    return danger or bool(list_places(said) - list_places(known))


def list_places(content: Appeal) -> set[str]:
    """What is named, in its fields and in its text: settlement, object, streets, and houses with their streets."""
    place = content.place
    named = [Address(place.street or "", fold_house(place.house or "")), *read_addresses(content.text)]
    streets = {one.street_key for one in named}
    houses = {f"{one.street_key} {one.house}" for one in named if one.house}
    return (streets | houses | {fold(place.settlement or ""), fold(place.object or "")}) - {""}
