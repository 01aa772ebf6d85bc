"""A system in shadow gets nothing; after `golive` what is new leaves, and what was recorded when a person says so."""

import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ledger.tables import delivery
from tests.flow.house import ROOT, House, assert_whole, open_house


def copy_mappings(folder: Path) -> Path:
    """The demo's, with Nadym's system in shadow."""
    made = shutil.copytree(ROOT / "mappings", folder / "mappings")
    nadym = made / "systems" / "nadym.yaml"
    text = nadym.read_text(encoding="utf-8")
    assert "mode: live\n" in text
    nadym.write_text(text.replace("mode: live\n", ""), encoding="utf-8")
    return made


def make(name: str, text: str, phone: str) -> dict[str, Any]:
    return {"id": name, "channel": "portal", "text": text, "name": "Окотэтто Роман", "phone": phone,
            "created_at": "2026-02-01T10:00:00+05:00"}  # fmt: skip


def find_states(house: House) -> list[tuple[str, str]]:
    """Intent and state of what goes to Nadym."""
    with house.store.read() as tx:
        query = select(delivery.c.intent, delivery.c.state).where(delivery.c.system == "nadym").order_by(delivery.c.id)
        return [(row.intent, row.state) for row in tx.run(query)]


def test_shadow_then_live_then_what_was_recorded(tmp_path: Path) -> None:
    with open_house(tmp_path, mappings=copy_mappings(tmp_path)) as house:
        house.send(make("s1", "Не горят фонари, Надым, Зверева 11", "+79220001141"))
        house.wait(lambda: find_states(house) == [("forward", "shadowed")], "recorded in shadow")
        assert len(house.book("nadym")["filings"]) == 0
        assert "everything is accounted for" in house.tsur("reconcile")

        assert "1 delivery(ies) recorded in shadow wait at the desk" in house.tsur("golive", "nadym")
        house.send(make("s2", "Яма на дороге, Надым, Полярная 4", "+79220001142"))
        house.wait(lambda: house.finals("portal", "s2"), "what is new is answered")
        assert len(house.book("nadym")["filings"]) == 1 and not house.finals("portal", "s1")

        house.tsur("desk", "decide", "--reason", "shadowed", "send", "--yes")
        house.settle(answered=2)
        assert len(house.book("nadym")["filings"]) == 2
        assert house.finals("portal", "s1")
        assert_whole(house.judge(), appeals=2)
