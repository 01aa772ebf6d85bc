"""What mappings name and the machine must have: secrets, variables, files of keys and certificates."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from canonical.mapping import Mapping as Described
from canonical.mapping import MappingErrors, load_folder
from canonical.mapping.nodes import to_plain
from gateway.certificates import resolve_path
from gateway.settings import Settings, read_secret
from gateway.symptom import WARN, Symptom

#: Settings that name a file; `key` is one beside a certificate only.
_FILES = ("cert", "certificate", "ca", "trust")


@dataclass(frozen=True, slots=True, order=True)
class Lack:
    """`name`: as the mapping writes it. No values."""

    name: str
    what: str
    remedy: str


def look_at_provisions(files: dict[str, str], settings: Settings) -> Iterator[Symptom]:
    """As this machine sees them: another host may have other ones."""
    try:
        mappings = load_folder(files)
    except MappingErrors:
        return  # applied by another version; `tsur check` tells it
    for mapping in mappings:
        for lack in find_lacking(mapping, settings):
            yield Symptom("provisions", WARN, f"{mapping.system}: {lack.what}", lack.remedy)


def find_lacking(mapping: Described, settings: Settings) -> list[Lack]:
    """What this machine lacks of all that a mapping names."""
    named = {name: part for name, part in to_plain(mapping.node).items() if name != "examples"}
    return sorted(set(_walk(named, settings)))


def _walk(node: Any, settings: Settings) -> Iterator[Lack]:
    if isinstance(node, Mapping):
        yield from _look(node, settings)
    for below in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from _walk(below, settings)


def _look(node: Mapping[str, Any], settings: Settings) -> Iterator[Lack]:
    secret, variable = node.get("secret"), node.get("env")
    if isinstance(secret, str) and not _has_secret(secret, settings):
        yield Lack(secret, f"the secret {secret} is not set here", "in the environment or a file in TSUR_SECRETS_DIR")
    if isinstance(variable, str) and "else" not in node and variable not in os.environ:
        yield Lack(variable, f"the variable {variable} is not set here", "set it where processes start")
    named = [*_FILES, "key"] if {"cert", "certificate"} & node.keys() else _FILES
    for name in named:
        path = resolve_path(node.get(name))
        if path and not (Path(path).exists() and os.access(path, os.R_OK)):
            yield Lack(path, f"`{name}`: {path} cannot be read here", "put it there, readable for us")


def _has_secret(name: str, settings: Settings) -> bool:
    try:
        return bool(read_secret(settings, name))
    except (KeyError, OSError, UnicodeDecodeError):
        return False
