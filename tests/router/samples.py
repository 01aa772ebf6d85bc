"""Small pieces that the router's tests share."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from canonical.appeal import Appeal
from router.policy import FILES, Policy
from router.routes import Routes

SYSTEMS = ("pos", "nadym", "ministry", "teplo", "smev_ministry")
MAPPINGS = Path(__file__).parents[2] / "mappings"
MORNING = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # Monday, 9:00 in Yekaterinburg


def read_files() -> dict[str, str]:
    return {name: (MAPPINGS / name).read_text(encoding="utf-8") for name in FILES}


def load_policy(**changed: str) -> Policy:
    """The shipped policy; `routes="…"` replaces routes.yaml."""
    return Policy.load(read_files() | {f"{name}.yaml": text for name, text in changed.items()}, SYSTEMS)


def load_routes(text: str) -> Routes:
    return Routes.load(text, "routes.yaml", SYSTEMS)


def make_appeal(text: str = "", **fields: Any) -> Appeal:
    return Appeal(**{"text": text, "created_at": MORNING} | fields)
