"""`tsur train topics` and `tsur evaluate topics`."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from gateway.bootstrap import read_files
from ledger import configs
from tests.router.test_classifier import make

ROOT = Path(__file__).parents[2]
APPEALS = Path(os.environ.get("TSUR_DATA", ROOT.parent / "shared" / "data")) / "appeals"


def run(*words: str) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-m", "gateway", *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def write(path: Path, seed: int) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("text", "theme"))
        rows.writerows((f"<p>{each.text}</p>", each.label) for each in make(12, seed))
    return str(path)


def test_a_folder_that_is_not_there_is_said_before_training(tmp_path: Path) -> None:
    source, output = write(tmp_path / "a.csv", 1), tmp_path / "no" / "topics.model"
    code, _, said = run("train", "topics", "--input", source, "--output", str(output))
    assert (code, said.count("\n")) == (1, 1)
    assert f"no folder {output.parent}" in said


def test_a_site_trains_and_measures(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.csv", 1), write(tmp_path / "b.csv", 2)
    model = tmp_path / "topics.model"
    code, said, _ = run(
        "train", "topics", "--input", first, "--text", "text", "--label", "theme", "--output", str(model)
    )
    assert (code, model.exists()) == (0, True)
    assert "3 labels" in said
    picture = tmp_path / "a.png"
    words = "--train", first, "--test", second, "--label", "theme", "--plot", str(picture), "--json"
    code, said, _ = run("evaluate", "topics", *words)
    with Image.open(picture) as image:
        image.load()
        assert image.format == "PNG"
        assert len(image.convert("RGB").getcolors(1 << 20) or []) > 20  # something was drawn
    told = json.loads(said)
    assert code == 0
    assert told["weighted_f1"] == 1.0
    assert told["coverage_at_p95"] == 1.0
    assert {"macro_f1", "accuracy", "top3", "calibration_error", "train_seconds", "texts_per_second",
            "model_mb"} <= set(told)  # fmt: skip


def test_an_office_is_known_by_its_name(tmp_path: Path) -> None:
    """Its own words say of which district, though the only text that teaches it does not."""
    path, asked = tmp_path / "a.csv", tmp_path / "b.csv"
    said = ("В Надымском районе яма у дома {},Администрация Надымского района",
            "В Пуровском районе яма у дома {},Администрация Пуровского района")  # fmt: skip
    rows = ["text,executor", *(said[n % 2].format(n) for n in range(20))]
    path.write_text("\n".join([*rows, "Темно,Администрация Тазовского района"]), "utf-8")
    asked.write_text("text,executor\nДорога плохая в Тазовском районе,Администрация Тазовского района\n", "utf-8")
    code, said, _ = run(
        "evaluate", "topics", "--train", str(path), "--test", str(asked), "--label", "executor", "--json"
    )
    assert (code, json.loads(said)["accuracy"]) == (0, 1.0)


def test_a_sites_own_primer_is_read_and_its_mistakes_are_told(tmp_path: Path) -> None:
    source, own = write(tmp_path / "a.csv", 1), tmp_path / "own.txt"
    words = "train", "topics", "--input", source, "--output", str(tmp_path / "m.model"), "--primer", str(own)
    code, _, said = run(*words)
    assert (code, "built-in, none, or the name of a file" in said) == (1, True)
    own.write_text("= Олени на дороге\nСтадо оленей стоит на трассе\n", "utf-8")
    assert run(*words)[0] == 0
    asked = "evaluate", "topics", "--train", source, "--test", source, "--label", "office", "--primer", str(own)
    Path(source).write_text("text,office\nтемно,А\nяма,Б\n", "utf-8")
    code, _, said = run(*asked)
    assert (code, "leave --primer out" in said) == (1, True)


def test_a_trained_model_is_named_checked_and_part_of_the_configuration(tmp_path: Path) -> None:
    mappings = tmp_path / "mappings"
    shutil.copytree(ROOT / "bench" / "harness" / "mappings", mappings)
    source = write(tmp_path / "a.csv", 1)
    _, said, _ = run("train", "topics", "--input", source, "--output", str(mappings / "topics.model"))
    line = next(line for line in said.splitlines() if line.startswith("model: "))
    topics = mappings / "topics.yaml"
    told = topics.read_text("utf-8").replace("topics:\n", f"{line}\ntopics:\n")
    for code, label in {"roads": "дороги", "lighting": "свет", "heating": "тепло"}.items():
        told = told.replace(f"  {code}: {{", f"  {code}: {{labels: [{label}], ")
    topics.write_text(told, "utf-8")
    before = configs.hash_content(read_files(mappings))
    assert run("check", str(mappings))[0] == 0
    with (mappings / "topics.model").open("ab") as file:
        file.write(b"x")
    assert configs.hash_content(read_files(mappings)) != before
    code, said, _ = run("check", str(mappings))
    assert (code, "model-changed" in said) == (1, True)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("text\nтемно\n", "no column theme"),
        ("text,theme\nтемно,\n", "no row has a value in the column 'theme'"),
        ("text,theme\nтемно,свет\n", "at least two labels"),
    ],
)
def test_what_cannot_be_learned_from_is_told(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, "utf-8")
    code, _, said = run("train", "topics", "--input", str(path), "--output", str(tmp_path / "m"))
    assert code == 1
    assert says in said
    assert not (tmp_path / "m").exists()


@pytest.mark.skipif(not APPEALS.exists(), reason=f"no appeals at {APPEALS}: set TSUR_DATA to the folder that has them")
def test_real_texts_reach_what_was_measured() -> None:
    """A little under the figures of docs/topics.md."""
    files = "--train", str(APPEALS / "train.csv"), "--test", str(APPEALS / "dev.csv")
    told = json.loads(run("evaluate", "topics", *files, "--label", "category", "--json")[1])
    assert told["weighted_f1"] > 0.79
    assert told["top3"] > 0.95
    assert told["coverage_at_p95"] > 0.5
    told = json.loads(run("evaluate", "topics", *files, "--label", "executor", "--json")[1])
    assert told["top3"] > 0.63
