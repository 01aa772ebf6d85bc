"""One JSON line per event on standard error: ids, states and counts; never personal data."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

from ledger.trouble import name_trouble


def _strip_error(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception's message may quote a resident's text: only its type and the places are logged."""
    info = event.pop("exc_info", None)
    if info:
        _kind, error, trace = sys.exc_info() if info is True else info
        frames = traceback.extract_tb(trace)[-6:]
        event["error"] = name_trouble(error) if error else "unknown"
        event["at"] = [f"{_name_folder(frame.filename)}/{frame.name}:{frame.lineno}" for frame in frames]
    return event


def _name_folder(filename: str) -> str:
    """Code that was made at run time stands in no folder: `<string>`."""
    return filename.rsplit("/", 2)[-2] if "/" in filename else filename


class _Line(logging.Formatter):
    """Of a library: who, how grave, and the type of what it caught; its sentences may quote anything."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        caught = record.exc_info[1] if record.exc_info else None
        at = datetime.fromtimestamp(record.created, UTC).isoformat()
        event = {"library": record.name, "event": "library.said", "process": self.process}
        event |= {"level": record.levelname.lower(), "timestamp": at}
        return orjson.dumps(event | ({"error": name_trouble(caught)} if caught else {})).decode()


def start_logs(level: str, process: str) -> None:
    """Called once per process. Libraries' own logs come through only from WARNING on, without tracebacks."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _strip_error,
            structlog.processors.JSONRenderer(serializer=lambda value, **_: orjson.dumps(value, default=str).decode()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(_Line(process))
    logging.basicConfig(level=logging.WARNING, handlers=[lines], force=True)
