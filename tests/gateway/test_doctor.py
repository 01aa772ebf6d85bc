"""`tsur doctor` on sound and on broken installations."""

import os
from pathlib import Path

import pytest

from gateway.bootstrap import open_parts
from gateway.doctor import examine
from gateway.settings import Settings


def states(settings: Settings) -> dict[str, str]:
    return {symptom.subject: symptom.state for symptom in examine(settings) if symptom.subject != "sqlite"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(state_dir=tmp_path / "state")
    open_parts(settings, upgrade=True).store.close()
    return settings


def test_before_the_first_start_nothing_is_broken(tmp_path: Path) -> None:
    seen = states(Settings(state_dir=tmp_path / "state"))
    assert (seen["keys"], seen["ledger"], seen["redis"]) == ("warn", "warn", "ok")
    assert not (tmp_path / "state").exists()


def test_a_new_ledger_is_sound_and_wants_a_configuration(settings: Settings) -> None:
    seen = states(settings)
    assert (seen["keys"], seen["ledger"], seen["clock"], seen["desk"]) == ("ok", "ok", "ok", "ok")
    assert seen["configuration"] == "fail"


def test_keys_that_others_can_read_and_keys_that_are_damaged(settings: Settings) -> None:
    settings.key_ring.chmod(0o644)
    assert states(settings)["keys"] == "fail"
    settings.key_ring.chmod(0o600)
    settings.key_ring.write_text("{")
    assert states(settings)["keys"] == "fail"


def test_engines_that_do_not_answer(tmp_path: Path) -> None:
    away = Settings(
        state_dir=tmp_path, redis_url="redis://127.0.0.1:1/0", database_url="postgresql://u:secret@127.0.0.1:1/x"
    )
    seen = examine(away)
    assert {symptom.subject: symptom.state for symptom in seen if symptom.state == "fail"} == {
        "redis": "fail", "ledger": "fail",
    }  # fmt: skip
    assert "secret" not in repr(seen)


@pytest.mark.parametrize("closed", ["", "ledger.db"])
def test_what_cannot_be_written_is_said(settings: Settings, closed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading goes on, so that nothing but the first write would tell."""
    path = settings.state_dir / closed if closed else settings.state_dir
    monkeypatch.setattr(os, "access", lambda at, mode: Path(at) != path)
    (told,) = [one for one in examine(settings) if one.state == "fail" and one.subject == "disk"]
    assert told.said == f"{path} cannot be written" and told.remedy
