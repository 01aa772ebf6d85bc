"""What a user mistakes is told in words, also before anything is started."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.demo.feed import BadInput, read_feed
from gateway.engines.sockets import require_free
from gateway.mishaps import Mishap


def test_a_host_that_is_no_name() -> None:
    with pytest.raises(Mishap, match="TSUR_HOST"):
        require_free("a..b", 8080)


def test_a_line_of_the_feed_that_is_no_object(tmp_path: Path) -> None:
    feed = tmp_path / "appeals.jsonl"
    feed.write_text('{"id": "1", "channel": "pos", "text": "Темно"}\n1\n', "utf-8")
    with pytest.raises(BadInput, match="appeal 2"):
        read_feed(feed)


@pytest.mark.parametrize("encoding", ["ascii", "koi8-r", "cp1251"])
def test_a_terminal_that_lacks_a_sign_ends_no_command(encoding: str, tmp_path: Path) -> None:
    folder = tmp_path / "mappings" / "systems"
    folder.mkdir(parents=True)
    (folder / "town.yaml").write_text("version: 1\n«№→»: ёж\n", "utf-8")
    surroundings = os.environ | {"PYTHONIOENCODING": encoding, "TSUR_STATE_DIR": str(tmp_path / "state")}
    for words in ([], ["--json"]):
        command = [sys.executable, "-m", "gateway", "check", str(folder.parent), *words]
        done = subprocess.run(command, env=surroundings, capture_output=True, check=False)
        assert b"Traceback" not in done.stderr and done.returncode == 1
        assert not words or "«№→»" in json.loads(done.stdout)[-1]["what"] + json.loads(done.stdout)[0]["what"]
