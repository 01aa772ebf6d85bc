"""An adapter's folder uses canonical and the shared modules of adapters/, never another adapter's folder."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent / "adapters"
FOLDERS = sorted(path.name for path in ROOT.iterdir() if (path / "__init__.py").exists())


def imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    whole = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    parts = {f"{node.module}.{name.name}" for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names}
    return whole | parts


def rooms(path: Path) -> set[str]:
    """The first two parts of what a file imports."""
    return {".".join(name.split(".")[:2]) for name in imports(path)}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_keeps_to_itself(folder: str) -> None:
    others = {f"adapters.{other}" for other in FOLDERS if other != folder}
    for path in (ROOT / folder).rglob("*.py"):
        assert not rooms(path) & others
        assert not {name.split(".")[0] for name in imports(path)} & {"gateway", "ledger", "router", "stand", "workers"}


def test_shared_modules_know_no_adapter_but_the_registry() -> None:
    folders = {f"adapters.{folder}" for folder in FOLDERS}
    for path in ROOT.glob("*.py"):
        assert path.name == "registry.py" or not rooms(path) & folders
