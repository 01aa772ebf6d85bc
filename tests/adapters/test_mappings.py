"""The project's own mappings against the stands: settings are sound, the login works, the list is readable."""

from pathlib import Path
from typing import Any

import pytest

from adapters import registry
from adapters.contract import Follows, Polls, Tools
from canonical.mapping import load
from gateway.bootstrap import read_files
from gateway.demo import smev as keys
from stand.server import Stand

FOLDER = Path(__file__).parent.parent.parent / "mappings" / "systems"
FILES = read_files(FOLDER.parent)
SYSTEMS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.fixture
def environment(stand: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    keys.make_keys(tmp_path)
    keys.trust_stands(tmp_path, stand.base)
    told = stand.environment() | keys.name_files(tmp_path)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return told


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_of_the_project(system: str, environment: dict[str, str]) -> None:
    path = FOLDER / f"{system}.yaml"
    mapping = load(path.read_text(encoding="utf-8"), str(path))
    assert registry.check(mapping, FILES) == []
    adapter: Any = registry.build(mapping, Tools(environment.__getitem__, read_file=lambda digest: b"", files=FILES))
    health = adapter.check_health()
    assert health.ok, health.detail
    if isinstance(adapter, Polls):
        assert not any(document.fault for document in adapter.poll(None).documents)
    if isinstance(adapter, Follows):
        assert adapter.follow(["404404404"]).documents[0].fault
    adapter.close()
