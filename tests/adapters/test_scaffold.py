"""`tsur new-adapter`: what it writes runs at once."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.scaffold import BadName, create, register
from canonical.mapping.checking import check

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what an adapter's author works on."""
    for room in ("adapters", "canonical"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_what_is_written_runs_at_once(project: Path) -> None:
    made = create("sprut_9", project)
    assert all(path.exists() for path in made)
    mapping = project / "mappings" / "systems" / "sprut_9.yaml"
    assert check(mapping.read_text(encoding="utf-8"), str(mapping), project) == []
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/adapters/test_sprut_9.py"]
    done = subprocess.run(command, cwd=project, env={"PYTHONPATH": str(project)}, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stdout.decode()


def test_the_registry_keeps_its_order(project: Path) -> None:
    create("alpha", project)
    create("zeta", project)
    text = (project / "adapters" / "registry.py").read_text(encoding="utf-8")
    assert "from adapters import alpha, pos, rest, smev, soap, zeta\n" in text
    names = [line.split('"')[1] for line in text.splitlines() if line.startswith('    "') and "Kind(" in line]
    assert names == sorted(names) == ["alpha", "pos", "rest", "smev", "soap", "zeta"]


@pytest.mark.parametrize("name", ["", "Sprut", "9sprut", "sprut-9", "class", "../x", "rest", "http", "a" * 40])
def test_bad_and_taken_names(project: Path, name: str) -> None:
    with pytest.raises(BadName):
        create(name, project)
    assert not (project / "mappings").exists()


def test_a_registry_of_another_shape_is_left_alone() -> None:
    with pytest.raises(BadName, match="by hand"):
        register("ADAPTERS = {}", "sprut")
