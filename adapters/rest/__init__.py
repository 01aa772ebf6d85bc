"""Any HTTP system by YAML alone: JSON, XML or form; polled, called by webhooks, delivered to in steps."""

from adapters.composed import Base, compose
from adapters.connect import Connect
from adapters.contract import Tools
from adapters.mapped import Mapped

TITLE = "any JSON, XML or form system, by YAML alone"
CAPABILITIES = frozenset({"polls", "follows", "listens", "delivers", "finds", "fetches"})
Settings = Connect


def build(mapping: Mapped, settings: Connect, tools: Tools) -> Base:
    """Implements what the mapping's text asks for. Raises Unavailable when it cannot be connected now."""
    return compose("Rest", mapping, settings, tools)
