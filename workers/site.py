"""One configuration, compiled: mappings, policy and adapters. Built once per hash."""

from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from typing import Any

from adapters import registry
from adapters.contract import Adapter, Tools
from canonical import mapping as language
from canonical.mapping import Mapping
from router.policy import Policy

SYSTEMS = "systems/"


@dataclass(frozen=True)
class Site:
    hash: str
    mappings: Table[str, Mapping]
    policy: Policy
    adapters: Table[str, Adapter] = field(default_factory=dict)

    def sends(self, system: str, intent: str) -> bool:
        known = self.mappings.get(system)
        return known is not None and intent in known.intents

    def close(self) -> None:
        for adapter in self.adapters.values():
            adapter.close()


def compile_site(name: str, files: dict[str, str], tools: Tools) -> Site:
    """`files`: path below the mappings folder → text, as they were applied."""
    mappings = [
        language.load(text, path)
        for path, text in sorted(files.items())
        if path.startswith(SYSTEMS) and path.endswith(".yaml")
    ]
    by_system = {mapping.system: mapping for mapping in mappings}
    adapters: dict[str, Any] = {system: registry.build(mapping, tools) for system, mapping in by_system.items()}
    policy = Policy.load({path: text for path, text in files.items() if "/" not in path}, set(by_system))
    return Site(name, by_system, policy, adapters)
