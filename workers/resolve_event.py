"""A person opens the mass event that was proposed: cases are grouped, nothing is sent because of it."""

from typing import Any

import orjson

from ledger import events
from workers.resolve_effects import Effects


def open_event(effects: Effects, item: Any, word: str) -> None:
    told = orjson.loads(item.evidence)
    _, number = events.open_event(effects.tx, told["topic"], told["oktmo"], effects.by)
    effects.final = True  # `tsur event close` ends it
    effects.counts["cases grouped"] += number
