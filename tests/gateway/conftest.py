"""A ledger of the test's own, made as an operator makes it, and a town in it."""

from pathlib import Path

import pytest

from gateway.bootstrap import open_parts
from gateway.settings import read_settings
from tests.gateway.town import Town


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setenv("TSUR_STATE_DIR", str(tmp_path / "state"))
    return Town(open_parts(read_settings(), upgrade=True).store)
