"""The lock files: complete, exact, and free of any registry's address."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def read_lock(name: str) -> dict[str, Requirement]:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(found.name): found for found in map(Requirement, lines)}


@pytest.mark.parametrize("name", LOCKS)
def test_each_line_is_one_exact_version(name: str) -> None:
    for requirement in read_lock(name).values():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement
        assert requirement.url is None


def test_every_declared_dependency_is_locked_to_an_allowed_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runtime = read_lock("requirements.lock")
    everything = runtime | read_lock("requirements-dev.lock")
    for locked, wanted in ((runtime, project["dependencies"]), (everything, project["optional-dependencies"]["dev"])):
        for requirement in map(Requirement, wanted):
            version = str(locked[canonicalize_name(requirement.name)].specifier).removeprefix("==")
            assert requirement.specifier.contains(version), requirement


def test_the_locks_are_complete_for_this_python() -> None:
    """They are installed without looking for dependencies, so nothing that anyone needs may be missing."""
    locked = {name: found for lock in LOCKS for name, found in read_lock(lock).items()}
    for name, requirement in locked.items():
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        for needed in map(Requirement, importlib.metadata.requires(name) or []):
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                assert canonicalize_name(needed.name) in locked, f"{name} needs {needed}"


def test_no_file_of_the_setup_names_a_registry() -> None:
    files = [ROOT / name for name in (*LOCKS, "pyproject.toml", "Dockerfile", "docker-compose.yml", ".ci/run")]
    for path in (*files, *(ROOT / "scripts").glob("*")):
        if path.is_file():
            assert not re.search(r"index-url|find-links|https?://(?!web|stands|127)", path.read_text()), path
