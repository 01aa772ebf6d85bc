"""What users mistake ends in a sentence with the remedy, never in a traceback; and makes nothing where nothing was."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Tsur = Callable[..., str]


@pytest.fixture
def tsur(tmp_path: Path) -> Tsur:
    """What a failing `tsur …` says, run beside an empty folder."""

    def run(*words: str, **settings: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TSUR_")}
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *words], cwd=ROOT, capture_output=True, text=True, timeout=60,
            env=environment | {"TSUR_STATE_DIR": str(tmp_path / "state")} | settings,
        )  # fmt: skip
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert done.stderr.startswith("tsur: ")
        return done.stderr

    return run


@pytest.mark.parametrize("words", [
    "web", "worker", "sweeper", "reconcile", "trace x", "explain x", "desk list", "quarantine list", "event list",
    "pause x", "golive x", "apply mappings", "audit verify", "keys rotate", "db forget x",
])  # fmt: skip
def test_a_command_that_finds_no_ledger_says_so_and_makes_none(tsur: Tsur, tmp_path: Path, words: str) -> None:
    assert "there is no ledger at" in tsur(*words.split())
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(("settings", "said"), [
    ({"TSUR_DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "the ledger does not answer: .*refused.*TSUR_DATABASE_URL"),
    ({"TSUR_DATABASE_URL": "mysql://user:word@host/x"}, "TSUR_DATABASE_URL: expected an address that begins with"),
    ({"TSUR_REDIS_URL": "nonsense"}, "TSUR_REDIS_URL: expected an address"),
    ({"TSUR_PORT": "70000"}, "TSUR_PORT='70000': expected a whole number from 1 to 65535"),
    ({"TSUR_THREADS": "0"}, "TSUR_THREADS='0': expected a whole number from 1"),
    ({"TSUR_LOG_LEVEL": "loud"}, "expected one of debug, info, warning, error"),
    ({"TSUR_STATE_DIR": str(ROOT / "README.md")}, "README.md: (File exists|Not a directory)"),
])  # fmt: skip
def test_a_setting_that_cannot_be(tsur: Tsur, settings: dict[str, str], said: str) -> None:
    heard = tsur("db", "upgrade", **settings)
    assert re.search(said, heard), heard
    assert "word@" not in heard


def test_a_file_that_is_no_ledger_and_a_ring_that_is_none(tsur: Tsur, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "ledger.db").write_text("not a database, and longer than the head of one" * 9)
    assert "not a database" in tsur("reconcile")
    (state / "ledger.db").unlink()
    (state / "keys.json").write_text('{"keys": {}}')
    assert "keys.json: not a key ring" in tsur("db", "upgrade")


def test_a_port_that_is_taken_is_told_before_anything_starts(tsur: Tsur, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = tsur("up", TSUR_PORT=str(taken.getsockname()[1]))
    assert "nobody can listen at 127.0.0.1:" in said
    assert "TSUR_PORT" in said
    assert not (tmp_path / "state").exists()


def test_a_full_disk_and_a_reader_who_has_seen_enough() -> None:
    with Path("/dev/full").open("w") as full:
        assert write_reference(full.fileno()) == (1, "tsur: No space left on device: make room and run it again")
    reading, writing = os.pipe()
    os.close(reading)
    assert write_reference(writing)[1] == ""
    os.close(writing)


def write_reference(out: int) -> tuple[int, str]:
    command = [sys.executable, "-m", "gateway", "reference"]
    done = subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stderr.strip()


def test_the_mappings_folder_is_the_one_of_the_settings(tsur: Tsur, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    for words in (["check"], ["apply"], ["probe", "pos"]):
        assert f"{nowhere} is not a folder" in tsur(*words, TSUR_MAPPINGS_DIR=nowhere)
    own = tmp_path / "own"
    own.mkdir()
    (own / "routes.yaml").write_text("version: 1\nfallback: {to: nobody}\n")
    assert f"finding(s) in {own}" in tsur("check", TSUR_MAPPINGS_DIR=str(own))
