"""One JSON line per event on standard error: ids, states and counts; never personal data."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog


def _strip_error(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception's message may quote a resident's text: only its type and the places are logged."""
    info = event.pop("exc_info", None)
    if info:
        kind, _error, trace = sys.exc_info() if info is True else info
        frames = traceback.extract_tb(trace)[-6:]
        event["error"] = getattr(kind, "__name__", str(kind))
        event["at"] = [f"{frame.filename.rsplit('/', 2)[-2]}/{frame.name}:{frame.lineno}" for frame in frames]
    return event


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
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s %(levelname)s", force=True)
