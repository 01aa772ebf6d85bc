"""One configuration, compiled: mappings, policy and adapters. Built once per hash."""

from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import structlog

from adapters import registry
from adapters.connect import Connect
from adapters.contract import Adapter, Batch, Cursor, Health, Reception, Request, Stored, Tools
from adapters.errors import Unavailable
from canonical import mapping as language
from canonical.delivery import Delivery
from canonical.mapping import Mapping
from canonical.plan import Plan
from canonical.receipt import Receipt
from ledger.lanes import STANDARD, Breaker

if TYPE_CHECKING:
    from router.policy import Policy

log = structlog.get_logger()
#: Why a person is asked: the system that it is for, or from, is in the configuration no more.
GONE = "system_gone"


class Absent:
    """Stands for a system whose adapter cannot be built now (a secret is missing, say): everything waits."""

    def __init__(self, error: Unavailable) -> None:
        self._why = str(error)

    def check_health(self) -> Health:
        return Health(False, self._why)

    def close(self) -> None:
        pass

    def poll(self, cursor: Cursor | None) -> Batch:
        raise Unavailable(self._why)

    def confirm(self, batch: Batch) -> None:
        raise Unavailable(self._why)

    def follow(self, numbers: Sequence[str]) -> Batch:
        raise Unavailable(self._why)

    def read(self, request: Request) -> Reception:
        raise Unavailable(self._why)

    def deliver(self, delivery: Delivery) -> Receipt:
        raise Unavailable(self._why)

    def find(self, delivery: Delivery) -> Receipt | None:
        raise Unavailable(self._why)

    def fetch(self, plan: Plan) -> Stored:
        raise Unavailable(self._why)


@dataclass(frozen=True)
class System:
    """An outer system as this configuration knows it."""

    mapping: Mapping
    adapter: Adapter
    connect: Connect
    capabilities: frozenset[str]

    @property
    def is_asked(self) -> bool:
        return bool(self.capabilities & {"polls", "follows"})


@dataclass(frozen=True)
class Site:
    hash: str
    systems: Table[str, System]
    files: Table[str, str]

    @cached_property
    def policy(self) -> "Policy":
        """Built by who decides; the web never asks for it."""
        from router.policy import Policy

        texts = {path: text for path, text in self.files.items() if "/" not in path}
        return Policy.load(texts, set(self.systems))

    def sends(self, system: str, intent: str) -> bool:
        known = self.systems.get(system)
        return known is not None and intent in known.mapping.intents

    def reads(self, system: str, kind: str) -> bool:
        known = self.systems.get(system)
        return known is not None and kind in known.mapping.kinds

    def breaker(self, system: str) -> Breaker:
        """How long its lane rests after failures."""
        known = self.systems.get(system)
        if known is None:  # it left the configuration while its last calls were under way
            return STANDARD
        rules = known.connect.breaker
        return Breaker(rules.failures, round(rules.pause * 1000), round(rules.longest * 1000))

    def close(self) -> None:
        for system in self.systems.values():
            system.adapter.close()


def compile_site(name: str, files: dict[str, str], tools: Tools) -> Site:
    """`files`: path below the mappings folder → text, as they were applied."""
    tools = replace(tools, files=files)
    systems = {mapping.system: _make_system(mapping, tools) for mapping in language.load_folder(files)}
    return Site(name, systems, files)


def mend_site(site: Site, tools: Tools) -> Site:
    """With adapters that can be built by now, after a secret or a certificate was put in place; else the same site."""
    tools, healed = replace(tools, files=site.files), {}
    for name, known in site.systems.items():
        if isinstance(known.adapter, Absent):
            try:
                healed[name] = replace(known, adapter=registry.build(known.mapping, tools))
            except Unavailable:
                continue  # its polls and deliveries say so each time
            log.info("system.usable", system=name)
    return replace(site, systems={**site.systems, **healed}) if healed else site


def _make_system(mapping: Mapping, tools: Tools) -> System:
    adapter: Adapter
    try:
        adapter = registry.build(mapping, tools)
    except Unavailable as error:
        log.error("system.unusable", system=mapping.system, detail=str(error))
        adapter = Absent(error)
    return System(mapping, adapter, registry.read_settings(mapping), registry.capabilities(mapping))
