"""`tsur evaluate duplicates` on a few pairs of our own."""

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from gateway import cli
from gateway.commands import evaluating

evaluating.register(cli.app)

COLD = "Надым, ул. Зверева, д. 3: третий день ледяные батареи, отопления нет, дети мёрзнут, котельная молчит"
APPEALS = {
    "1": COLD,
    "2": "<p>Зверева 3 в Надыме.</p><p>Ледяные батареи, котельная не даёт отопления, замёрзли совсем</p>",
    "3": "Надым, Зверева 3: во дворе яма, машины застревают",
    "4": "Маршрутка 5 не остановилась, водитель грубил",
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    appeals, pairs = tmp_path / "appeals.csv", tmp_path / "pairs.csv"
    appeals.write_text("id,text\n" + "".join(f'{name},"{text}"\n' for name, text in APPEALS.items()), "utf-8")
    pairs.write_text(
        "id_a,id_b,label_a,label_b\n2,1,same,same\n3,1,related,related\n4,1,different,different\n4,2,same,related\n",
        "utf-8",
    )
    return appeals, pairs


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli.app, ["evaluate", "duplicates", "--mappings", "mappings", *words])
    return done.exit_code, done.output


def test_agreed_pairs_are_measured(files: tuple[Path, Path]) -> None:
    code, said = run("--pairs", str(files[1]), "--appeals", str(files[0]), "--json")
    assert code == 0, said
    told = json.loads(said)
    assert (told["pairs"], told["same"], told["best_f1"], told["auto_join_recall"]) == (3, 1, 1, 1)
    assert {"recall_at_p95", "recall_at_p90", "auto_join_precision", "suggest_recall"} <= set(told)


def test_a_picture_is_drawn(files: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "duplicates.png"
    assert run("--pairs", str(files[1]), "--appeals", str(files[0]), "--plot", str(path))[0] == 0
    with Image.open(path) as image:
        assert image.size == (2 * 510 + 30, 540)
    nowhere = str(tmp_path / "no folder" / "a.png")
    code, said = run("--pairs", str(files[1]), "--appeals", str(files[0]), "--plot", nowhere)
    assert (code, "No such file" in said) == (1, True)


def test_several_files_are_read_as_one(files: tuple[Path, Path], tmp_path: Path) -> None:
    lines = files[0].read_text("utf-8").splitlines(keepends=True)
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text(lines[0] + lines[1], "utf-8")
    other.write_text(lines[0] + "".join(lines[2:]), "utf-8")
    assert run("--pairs", str(files[1]), "--appeals", str(one), "--appeals", str(other))[0] == 0
    code, said = run("--pairs", str(files[1]), "--appeals", str(one))
    assert (code, "no appeal 2, 3, 4" in " ".join(said.split())) == (1, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id_a,id_b,label_a\n1,2,same\n", "no column label_b"),
        ("id_a,id_b,label_a,label_b\n1,2,same,equal\n", ":2: label_b is 'equal'"),
        ("id_a,id_b,label_a,label_b\n1,2,same,related\n", "nothing to measure"),
    ],
)
def test_bad_pairs_are_named(files: tuple[Path, Path], text: str, told: str) -> None:
    files[1].write_text(text, "utf-8")
    code, said = run("--pairs", str(files[1]), "--appeals", str(files[0]))
    assert code == 1
    assert told in " ".join(said.split())


def test_one_id_has_one_text(files: tuple[Path, Path]) -> None:
    files[0].write_text('id,text\n1,"один"\n1,"другой"\n', "utf-8")
    code, said = run("--pairs", str(files[1]), "--appeals", str(files[0]))
    assert (code, "has another text before" in " ".join(said.split())) == (1, True)
