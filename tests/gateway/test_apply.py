"""`tsur apply`: what it says beside the configuration's hash."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.commands import register
from tests.gateway.town import RECIPIENT, Town

ROOT = Path(__file__).parents[2]
register(app)


def test_apply_says_where_a_mode_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    monkeypatch.setenv("TSUR_STATE_DIR", str(tmp_path / "state"))
    path = folder / "systems" / "nadym.yaml"
    live = path.read_text()
    assert "mode: live\n" in live
    run = CliRunner().invoke
    assert run(app, ["db", "upgrade"]).exit_code == 0
    path.write_text(live.replace("mode: live\n", ""))
    first = run(app, ["apply", str(folder), "--json"])
    assert json.loads(first.stdout)["differing"] == [], first.stderr
    path.write_text(live)
    assert "nadym stays in shadow" in run(app, ["apply", str(folder)]).stdout
    run(app, ["golive", "nadym"])
    assert "nadym" not in run(app, ["apply", str(folder)]).stdout
    path.write_text(live.replace("mode: live\n", ""))
    assert "nadym stays live" in run(app, ["apply", str(folder)]).stdout


def test_apply_says_so_in_json_too_when_there_is_nothing_to_do(tmp_path: Path, town: Town) -> None:
    folder = shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    for _ in range(2):
        done = CliRunner().invoke(app, ["apply", str(folder), "--json", "--if-changed"])
        assert json.loads(done.stdout)["config"]


def test_apply_names_what_a_removed_system_leaves_undone(tmp_path: Path, town: Town) -> None:
    """Nothing of it goes on by itself, and nobody would be told."""
    folder = shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    case = town.open_case("Иванов")
    assert CliRunner().invoke(app, ["apply", str(folder)]).exit_code == 0
    (folder / "systems" / "teplo.yaml").unlink()
    (folder / "routes.yaml").write_text("version: 1\nfallback: {to: ministry}\n")
    said = CliRunner().invoke(app, ["apply", str(folder)]).stdout
    assert f"{RECIPIENT} is not described any more" in said and "1 case(s) wait for its answer" in said, case
