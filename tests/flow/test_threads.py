"""Messages of one chat, through real processes that die meanwhile: one filing, one resident told."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGKILL
from typing import Any

from tests.flow.house import ROOT, House, open_house

SAID = ("Здравствуйте", "в подъезде не горит свет", "Надым, Зверева 11")
#: Long enough for two kills and restarts within it.
QUIET = "20s"


def copy_mappings(folder: Path) -> Path:
    """The demo's, with a short window."""
    made = shutil.copytree(ROOT / "mappings", folder / "mappings")
    city_app = made / "systems" / "city_app.yaml"
    text = city_app.read_text(encoding="utf-8")
    assert "quiet: 2m" in text
    city_app.write_text(text.replace("quiet: 2m", f"quiet: {QUIET}"), encoding="utf-8")
    return made


def send_chat(house: House, *kills: str) -> None:
    start = datetime.now(UTC)
    for place, text in enumerate(SAID):
        at = (start + timedelta(seconds=place)).isoformat()
        message: dict[str, Any] = {"id": f"m{place}", "channel": "city_app", "text": text, "chat": "c1",
                                   "created_at": at, "name": "Пяк Олег", "phone": "+79220001133"}  # fmt: skip
        house.send(message)
        if place < len(kills):
            house.wait(lambda seen=place + 1: house.documents("city_app") >= seen, "the message arrived")  # type: ignore[misc]
            house.signal(SIGKILL, kills[place])


def test_a_chat_is_one_appeal_whatever_dies_within_its_window(tmp_path: Path) -> None:
    with open_house(tmp_path, mappings=copy_mappings(tmp_path)) as house:
        send_chat(house, "worker-1", "sweeper")
        house.wait(lambda: house.finals("city_app", "m0"), "the resident is answered")
        assert house.counts("filings") == 1
        assert [len(house.told("city_app", f"m{place}")) > 0 for place in range(len(SAID))] == [True, False, False]
        assert "everything is accounted for" in house.tsur("reconcile")
        told = house.tsur("trace", "m2")
    assert told.count(": part") == 2
    assert told.count(": opened") == 1
