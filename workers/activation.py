"""A configuration becomes the active one, with a lane and a tick for each of its systems, in one transaction."""

from adapters import registry
from canonical import mapping as language
from ledger import configs, lanes
from ledger.store import Tx
from workers.housekeeping import TICKS


def activate(tx: Tx, files: dict[str, str], by: str) -> str:
    """`files` passed the check. A system that is new starts as its mapping's `mode` says. The hash."""
    mappings = language.load_folder(files)
    lanes.ensure(tx, {mapping.system: mapping.mode == "live" for mapping in mappings})
    asked = [m.system for m in mappings if registry.capabilities(m) & {"polls", "follows"}]
    lanes.plan_ticks(tx, [*TICKS, *(f"poll:{name}" for name in asked)])
    return configs.activate(tx, files, by)
