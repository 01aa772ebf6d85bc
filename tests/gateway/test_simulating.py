"""`tsur evaluate routes`: rules played over a few appeals of our own, and against changed ones."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway import cli
from gateway.commands import evaluating

evaluating.register(cli.app)

ROUTES = """version: 1
rules:
  light: {when: {topic: lighting}, to: teplo}
  heat: {when: {topic: heating}, to: teplo}
  dark: {when: {words: [фонар*]}, to: nadym}
  homes: {when: {topic: housing.lift}, to: nadym}
fallback: {to: triage}
"""
HISTORY = """id,channel,text,theme,executor
1,city_app,<p>Не горит фонарь у дома</p>,,Теплоэнерго
2,city_app,Батареи ледяные,,nadym
3,city_app,Просто спасибо,,Прокуратура
4,city_app,Опять то же самое,Отопление,teplo
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    one, other, history = tmp_path / "one", tmp_path / "other", tmp_path / "history.csv"
    for folder in (one, other):
        shutil.copytree("mappings", folder)
        text = (folder / "systems" / "teplo.yaml").read_text("utf-8")
        title = next(line for line in text.splitlines() if line.startswith("title:"))
        (folder / "systems" / "teplo.yaml").write_text(text.replace(title, "title: Теплоэнерго"), "utf-8")
    (one / "routes.yaml").write_text(ROUTES, "utf-8")
    (other / "routes.yaml").write_text(
        ROUTES.replace("topic: heating}, to: teplo", "topic: heating}, to: nadym"), "utf-8"
    )
    history.write_text(HISTORY, "utf-8")
    return one, other, history


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli.app, ["evaluate", "routes", *map(str, words)])
    return done.exit_code, done.output


def play(files: tuple[Path, Path, Path], *words: object) -> Any:
    code, said = run("--mappings", files[0], "--input", files[2], *words, "--json")
    assert code == 0, said
    return json.loads(said)


def test_shares_agreement_and_what_rules_do(files: tuple[Path, Path, Path]) -> None:
    told = play(files)
    assert (told["appeals"], told["routed"], told["triage"]) == (4, 0.75, 0.25)
    assert (told["compared"], told["agreement"]) == (3, 0.6667)  # Прокуратура is no system, and waits for a person
    assert told["rules"] == {"light": 1, "heat": 2, "dark": 0, "homes": 0, "fallback": 1}
    assert told["unused"] == ["dark", "homes"]
    assert told["unknown_executors"] == 1
    assert told["disagreements"] == [{"rule": "heat", "to": "teplo", "executor": "nadym", "appeals": 1, "ids": ["2"]}]


def test_a_conflict_is_two_rules_of_one_priority_with_other_recipients(files: tuple[Path, Path, Path]) -> None:
    (found,) = play(files)["conflicts"]
    assert found == {"rule": "light", "also": "dark", "to": "teplo", "instead": "nadym", "appeals": 1, "ids": ["1"]}
    ranked = ROUTES.replace("to: teplo}", "to: teplo, priority: 5}")
    (files[0] / "routes.yaml").write_text(ranked, "utf-8")
    assert play(files)["conflicts"] == []


def test_what_a_change_of_rules_would_have_changed(files: tuple[Path, Path, Path]) -> None:
    told = play(files, "--against", files[1])["against"]
    assert (told["changed"], told["share_changed"], told["won"], told["lost"]) == (2, 0.5, 1, 1)
    assert told["moves"] == [{
        "rule_before": "heat", "to_before": "teplo", "rule_after": "heat", "to_after": "nadym", "appeals": 2,
        "ids": ["2", "4"],
    }]  # fmt: skip
    assert play(files, "--against", files[0])["against"]["changed"] == 0


def test_people_read_it_without_any_resident_s_words(files: tuple[Path, Path, Path]) -> None:
    code, said = run("--mappings", files[0], "--input", files[2], "--against", files[1])
    assert code == 0
    for words in ("75.0% routed", "66.7% of 3", "never used: dark, homes", "2 go elsewhere (50.0%)", "1 then agree"):
        assert words in said
    assert "фонарь" not in said and "Батареи" not in said


@pytest.mark.parametrize(("content", "says"), [("id\n1\n", "no column text"), ("text\n", "no rows")])
def test_what_is_no_history_is_told(files: tuple[Path, Path, Path], content: str, says: str) -> None:
    files[2].write_text(content, "utf-8")
    code, said = run("--mappings", files[0], "--input", files[2])
    assert (code, says in said) == (1, True)
