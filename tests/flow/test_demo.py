"""The demo as a person starts it: a process of its own, its table, and its last line for machines."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.feed import read_feed
from tests.flow.house import ROOT

FEED = ROOT / "examples" / "appeals.jsonl"


def run_demo(folder: Path, **environment: str) -> tuple[str, dict[str, Any]]:
    """The table, and the object of the last line."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TSUR_")}
    command = [sys.executable, "-m", "gateway", "demo", "--json", "--input", str(FEED), "--keep", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=False, timeout=400
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    table, _, last = done.stdout.strip().rpartition("\n")
    verdict: dict[str, Any] = json.loads(last)
    return table, verdict


def assert_ends_whole(table: str, verdict: dict[str, Any]) -> None:
    appeals = len(read_feed(FEED))
    assert appeals >= 120
    assert verdict["reconcile"] == "ok"
    assert verdict["received"] == verdict["appeals"] == appeals
    assert (verdict["lost"], verdict["duplicate_effects"]) == (0, 0)
    assert verdict["replied"] + verdict["quarantined"] >= appeals
    assert verdict["quarantined"] <= appeals * 0.05
    # Every appeal is its case's first or was joined to one, and every case was filed with somebody.
    assert verdict["cases"] + verdict["joined"] == appeals
    assert verdict["joined"] > 0
    assert verdict["forwarded"] >= verdict["cases"]
    # An answer of a shared case is told to several residents.
    assert verdict["answered"] <= verdict["replied"] + verdict["forwarded"]
    assert verdict["seconds"] > 0
    assert verdict["peak_rss_mb"] > 50
    assert "the stands' own books agree" in table
    for word in (
        "city_app",
        "hotline",
        "portal",
        "pos",
        "nadym",
        "ministry",
        "teplo",
        "smev_portal",
        "smev_ministry",
        "at the desk",
    ):
        assert word in table


def test_the_demo_ends_whole_on_sqlite(tmp_path: Path) -> None:
    assert_ends_whole(*run_demo(tmp_path / "demo"))
    assert (tmp_path / "demo" / "state" / "ledger.db").stat().st_size > 0


def test_the_demo_ends_whole_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    assert_ends_whole(*run_demo(tmp_path / "demo", TSUR_DATABASE_URL=postgres_url))
    assert not (tmp_path / "demo" / "state" / "ledger.db").exists()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", '{"id": "1", "channel": "pos"}\n', "appeal 1 has no text"),
        ("b.jsonl", '{"id": "1"\n', "b.jsonl:1: not JSON"),
        ("c.csv", "id,channel,text\n", "no appeals in it"),
    ],
)
def test_the_demo_names_what_is_wrong_with_its_input(tmp_path: Path, name: str, content: str, says: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    command = [sys.executable, "-m", "gateway", "demo", "--input", str(tmp_path / name)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
