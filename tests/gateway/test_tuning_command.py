"""`tsur tune duplicates` on a site's own pairs."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway import cli
from gateway.commands import tuning
from router.duplicates.rules import Rules

tuning.register(cli.app)

STREETS = [
    "Ленина",
    "Мира",
    "Зверева",
    "Полярная",
    "Комсомольская",
    "Садовая",
    "Лесная",
    "Речная",
    "Школьная",
    "Новая",
    "Южная",
    "Тихая",
]
FAULTS = ["не горят фонари, темно", "течёт крыша, потолок мокрый", "не вывозят мусор, баки полны"]
DATA = Path(os.environ.get("TSUR_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    texts, pairs = {}, ["id_a,id_b,label_a,label_b"]
    for number, street in enumerate(STREETS):
        texts[f"{number}a"] = f"Ул. {street}, д. {number + 1}: {FAULTS[number % 3]}, помогите"
        texts[f"{number}b"] = f"На улице {street}, дом {number + 1}, {FAULTS[number % 3].split(',')[0]} вторую неделю"
        texts[f"{number}c"] = f"Ул. {street}, дом {number + 1}: {FAULTS[(number + 1) % 3]}"
        pairs += [f"{number}a,{number}b,same,same", f"{number}a,{number}c,related,related"]
    appeals, labelled = tmp_path / "appeals.csv", tmp_path / "pairs.csv"
    appeals.write_text("id,text\n" + "".join(f'{name},"{text}"\n' for name, text in texts.items()), "utf-8")
    labelled.write_text("\n".join(pairs), "utf-8")
    return ["--pairs", str(labelled), "--appeals", str(appeals)]


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.app, ["tune", "duplicates", "--mappings", "mappings", *words])
    return done.exit_code, done.output


def test_a_site_tunes_by_its_own_pairs(files: list[str], tmp_path: Path) -> None:
    code, said = run(*files, "--json", "--write", str(tmp_path / "duplicates.yaml"))
    assert code == 0, said
    told = json.loads(said)
    assert told["expected"]["best_f1"] > 0.9
    assert told["expected"]["join recall"]["of"] == len(STREETS)
    rules = Rules.load((tmp_path / "duplicates.yaml").read_text("utf-8"), "duplicates.yaml")
    assert rules.same_problem.join == told["join"]


def test_nothing_changes_without_write(files: list[str]) -> None:
    before = Path("mappings/duplicates.yaml").read_text("utf-8")
    code, said = run(*files)
    assert (code, "weights.place_thing" in said) == (0, True)
    assert Path("mappings/duplicates.yaml").read_text("utf-8") == before


def test_too_few_are_said(files: list[str]) -> None:
    path = Path(files[1])
    path.write_text("\n".join(path.read_text("utf-8").splitlines()[:9]), "utf-8")
    code, said = run(*files)
    assert (code, "label 10 of each" in " ".join(said.split())) == (1, True)


@pytest.mark.skipif(not DATA.exists(), reason="no ../shared/data with labelled pairs; set TSUR_DATA")
def test_unseen_pairs_are_told_apart_as_the_documents_say() -> None:
    """A floor below the measured figures: a change that costs much must not go unnoticed."""
    train, dev = DATA / "appeals" / "train.csv", DATA / "appeals" / "dev.csv"
    code, said = run(
        "--pairs", str(DATA / "duplicates" / "dev_pairs.csv"), "--appeals", str(train), "--appeals", str(dev), "--json"
    )
    assert code == 0, said
    expected = json.loads(said)["expected"]
    assert expected["best_f1"] > 0.75
    assert expected["recall_at_p95"] > 0.5
