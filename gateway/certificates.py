"""Certificates that the active configuration names: they end on a day that everybody could know."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from canonical.mapping import MappingErrors, load_folder
from gateway.symptom import FAIL, OK, WARN, Symptom

#: To order and install a new one takes weeks.
SOON = timedelta(days=30)
#: Settings of `connect:` that name a file of certificates.
_NAMED = ("cert", "certificate", "ca")
_RENEW = "put a new one there; processes read it when they start"


def look_at_certificates(files: Mapping[str, str], now: datetime) -> Iterator[Symptom]:
    """As this machine sees them: another host may have other files."""
    try:
        mappings = load_folder(dict(files))
    except MappingErrors:
        return  # applied by another version; `tsur check` tells it
    for mapping in mappings:
        for path in sorted(_find_paths(mapping.settings)):
            yield _judge(mapping.system, path, now)


def _find_paths(node: Any) -> set[str]:
    if isinstance(node, list | tuple):
        return set().union(*map(_find_paths, node))
    if not isinstance(node, Mapping):
        return set()
    named = {path for name in _NAMED if (path := resolve_path(node.get(name)))}
    return named.union(*map(_find_paths, node.values()))


def resolve_path(given: Any) -> str | None:
    """The path that a setting names; None for what names none, or by a variable that is not set."""
    if isinstance(given, Mapping) and "env" in given:
        given = os.environ.get(str(given["env"]), given.get("else"))
    return given if isinstance(given, str) else None


def _judge(system: str, path: str, now: datetime) -> Symptom:
    try:
        found = x509.load_pem_x509_certificates(Path(path).read_bytes())
        ends = min(one.not_valid_after_utc for one in found)
    except (OSError, ValueError) as error:
        return Symptom("certificate", WARN, f"{system}: {path} cannot be read here: {type(error).__name__}",
                       "look at it on the hosts of the workers")  # fmt: skip
    said = f"{system}: {path} holds until {ends.astimezone(UTC):%Y-%m-%d}"
    if ends <= now:
        return Symptom("certificate", FAIL, said, _RENEW)
    return Symptom("certificate", WARN, said, _RENEW) if ends - now < SOON else Symptom("certificate", OK, said)
