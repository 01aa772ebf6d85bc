"""`tsur read`."""

import json
import subprocess
import sys
from pathlib import Path

TEXT = "<p>Надым, ул. Зверева, д. 3: не горит фонарь.</p><p>Тел. +7 900 123-45-67</p>"


def run(*words: str, given: bytes = b"") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "read", "--mappings", "mappings", *words], input=given, capture_output=True,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_file_is_read_and_marked(tmp_path: Path) -> None:
    path = tmp_path / "appeal.html"
    path.write_text(TEXT, "utf-8")
    code, said, _ = run(str(path))
    assert code == 0
    assert "‹адрес: ул. Зверева, д. 3›" in said
    assert "‹беда не работает: горит›" in said
    assert "другим видно: Надым, ул. Зверева, д. 3: не горит фонарь.\n\nТел. [телефон]" in said


def test_coordinates_in_a_text_are_shown_as_its_place() -> None:
    assert "место     65.534123, 72.510245" in run(given="Свалка 65.534123, 72.510245 у дороги".encode())[1]


def test_a_point_that_contradicts_the_place_is_told() -> None:
    said = run(given="В Надыме свалка 63.201234, 75.450812 у дороги".encode())[1]
    assert "противоречие the point is 295 km from Надым" in said


def test_standard_input_as_json() -> None:
    code, said, _ = run("--json", given=TEXT.encode())
    told = json.loads(said)
    assert (code, told["place"]["settlement"], told["topic"], told["language"]) == (0, "Надым", "lighting", "ru")
    assert told["personal"][0]["value"] == "+79001234567"
    assert "900" not in told["shared"]
    assert run("-", given=b"")[0] == 0


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    code, _, said = run(str(tmp_path / "none.txt"))
    assert (code, "No such file" in said) == (1, True)
    code, _, said = run(given="Нет воды".encode("cp1251"))
    assert (code, "not UTF-8 (byte 0)" in said) == (1, True)
