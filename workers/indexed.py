"""Features of appeals that other workers indexed, perhaps of a newer release: see `router.duplicates.codec`."""

from functools import cache

import structlog

from router.duplicates import Features, Unreadable

log = structlog.get_logger()


def read_features(blob: bytes) -> Features | None:
    """None for what this program does not know; said once per process and reason, not per row."""
    try:
        return Features.load(blob)
    except Unreadable as error:
        _tell_once(str(error))
        return None


@cache
def _tell_once(why: str) -> None:
    log.warning("features.unreadable", detail=why)
