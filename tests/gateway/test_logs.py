"""Every line of a log is one JSON object that names what went wrong and quotes nobody."""

import json
import subprocess
import sys

SPOKEN = """
import logging, sqlite3, structlog
from sqlalchemy.exc import OperationalError
from gateway.logs import start_logs

start_logs("info", "worker")
full = sqlite3.OperationalError("Ямкин Степан")
full.sqlite_errorname = "SQLITE_FULL"
try:
    raise OperationalError("insert Ямкин", {}, full)
except OperationalError:
    structlog.get_logger().exception("lane.failed")
    logging.getLogger("dramatiq.worker").critical("said of %s", "Ямкин", exc_info=True)
logging.getLogger("dramatiq.worker").critical("said of %s", "Ямкин")
"""


def test_lines_of_ours_and_of_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", SPOKEN], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["lane.failed", "library.said", "library.said"]
    assert [line.get("error") for line in lines] == [*["OperationalError SQLITE_FULL"] * 2, None]
    assert {line["process"] for line in lines} == {"worker"} and lines[1]["library"] == "dramatiq.worker"
    assert all(line["timestamp"].startswith("20") and line["level"] for line in lines)
    assert "Ямкин" not in done.stderr
