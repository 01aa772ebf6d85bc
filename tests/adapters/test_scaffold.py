"""`tsur new-adapter`: what it writes runs at once."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.scaffold import BadName, create, register, register_stand
from canonical.mapping.checking import check

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what an adapter's author works on."""
    for room in ("adapters", "canonical", "stand", "tests/adapters/contract"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("tests/__init__.py", "tests/adapters/__init__.py", "tests/adapters/conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def read_names(project: Path) -> tuple[list[str], list[str]]:
    """Of adapters: as they are imported, and as the table has them."""
    text = (project / "adapters" / "registry.py").read_text(encoding="utf-8")
    (imported,) = re.findall(r"^from adapters import (.+)$", text, re.M)
    return imported.split(", "), re.findall(r'^    "(\w+)": Kind\(', text, re.M)


def test_what_is_written_passes_checks_and_suites_at_once(project: Path) -> None:
    made = create("sprut_9", project)
    assert all(path.exists() for path in made)
    mapping = project / "mappings" / "systems" / "sprut_9.yaml"
    assert check(mapping.read_text(encoding="utf-8"), str(mapping), project) == []
    for command in (
        ["ruff", "check", "."],
        ["ruff", "format", "--check", *(str(path) for path in made if path.suffix == ".py")],
        ["pytest", "-p", "no:cacheprovider", "tests/adapters/test_sprut_9.py"],
    ):
        command = [sys.executable, "-m", *command]
        done = subprocess.run(command, cwd=project, env={"PYTHONPATH": str(project)}, capture_output=True, timeout=300)
        assert done.returncode == 0, done.stdout.decode()
    passed = re.search(rb"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) > 40, "the suites run, not only a test of its own"


def test_the_registry_keeps_its_order(project: Path) -> None:
    before, _ = read_names(project)
    create("alpha", project)
    create("zeta", project)
    imported, listed = read_names(project)
    assert imported == listed == sorted([*before, "alpha", "zeta"])


@pytest.mark.parametrize("name", [
    "", "Sprut", "9sprut", "sprut-9", "class", "../x", "rest", "http", "a" * 14, "true", "str", "stand", "subject",
    "outer", "mapping",
])  # fmt: skip
def test_bad_and_taken_names(project: Path, name: str) -> None:
    with pytest.raises(BadName):
        create(name, project)
    assert not (project / "mappings").exists()
    assert read_names(project) == read_names(ROOT)


def test_a_registry_of_another_shape_is_left_alone() -> None:
    with pytest.raises(BadName, match="by hand"):
        register("ADAPTERS = {}", "sprut")
    with pytest.raises(BadName, match="by hand"):
        register_stand("KINDS = ()", "sprut", "Sprut")
