"""The ПОС (platform of feedback): its login, its dictionaries, and both of its modes.

External-system mode, known from public code: we file a message (files first) and follow its status by its number,
also after the first answer, since a message can be reopened. Region mode, ASSUMED (no contract is public):
residents' messages are polled by a window and answered into their history. All paths stand in the mapping.
"""

from dataclasses import replace

from adapters.composed import Base, Parts, compose
from adapters.contract import Tools
from adapters.mapped import Mapped
from adapters.pos.dictionaries import Dictionaries
from adapters.pos.settings import Settings

__all__ = ["CAPABILITIES", "TITLE", "Dictionaries", "Settings", "build"]

TITLE = "ПОС: external system; region mode assumed"
CAPABILITIES = frozenset({"polls", "follows", "delivers", "finds", "fetches"})


def build(mapping: Mapped, settings: Settings, tools: Tools) -> Base:
    """Implements what the mapping's text asks for. Raises Unavailable when it cannot be connected now."""

    def with_dictionaries(parts: Parts) -> Parts:
        if parts.line is None or parts.runner is None or not settings.dictionaries.check or not settings.region:
            return parts
        return replace(parts, runner=replace(parts.runner, check=Dictionaries(parts.line, settings).check))

    return compose("Pos", mapping, settings, tools, with_dictionaries)
