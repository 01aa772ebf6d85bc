"""What is thought about an appeal before the lock is taken."""

from datetime import UTC, datetime

from canonical.appeal import Appeal
from ledger.vault import Vault
from router.policy import Policy
from workers.think import Thought, think

ROUTES = "version: 1\nrules: {}\nfallback: {to: [ministry]}\n"


def think_with(**files: str) -> Thought:
    texts = {"routes.yaml": ROUTES} | {f"{name}.yaml": f"version: 1\n{text}" for name, text in files.items()}
    vault = Vault({"one": bytes(32)}, "one", bytes(32))
    appeal = Appeal(text="Третий день нет воды, ул. Ленина, д. 5.", created_at=datetime(2026, 2, 2, tzinfo=UTC))
    return think(Policy.load(texts, ["ministry"]), vault, "portal", appeal)


def test_features_and_their_keys_are_made_for_what_decides_on_duplicates() -> None:
    thought = think_with()
    assert thought.features is not None
    assert thought.features.houses
    assert thought.keys == thought.features.keys


def test_nothing_is_made_where_nothing_compares() -> None:
    thought = think_with(duplicates="enabled: no\n")
    assert thought.features is None
    assert thought.keys == ()
    assert (thought.appeal.place.street, thought.appeal.place.house) == ("ул. Ленина", "5")


def test_a_crowd_is_counted_by_features_though_nothing_is_joined() -> None:
    thought = think_with(duplicates="enabled: no\n", events="window: 3 hours\n")
    assert thought.features is not None
    assert thought.keys == ()
