"""The one gate of `tsur check`: the language, the adapters' settings, the policy and their references."""

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from adapters import registry
from canonical import mapping as language
from canonical.finding import Finding
from canonical.mapping.report import suggest
from router.classifier import SUFFIX
from router.policy import FILES as POLICY
from router.policy import check as check_policy
from router.report import PolicyErrors
from router.topics import Topics

_TABLE = re.compile(r": *['\"]?(tables/[^'\"\s,}#]+)")
_SYSTEM = re.compile(r"^system: *([a-z0-9_-]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Known:
    """`systems`: name → file. `channels`: those with which nothing can be filed."""

    systems: dict[str, str] = field(default_factory=dict)
    channels: set[str] = field(default_factory=set)


def check_files(files: dict[str, str], folder: Path) -> list[Finding]:
    """Every finding, in order of file and line. `folder`: where the examples' files are. No network, and never
    raises for bad content."""
    findings: list[Finding] = []
    known = _Known()
    topics = _find_topics(files)
    shared = language.load_tables(files)
    for path, _ in language.find_systems(files):
        findings += _check_system(path, files, folder, known, topics, shared)
    findings += shared.findings + shared.find_unused(_find_named(files))
    policy = {path: text for path, text in files.items() if "/" not in path and path.endswith((".yaml", SUFFIX))}
    findings += check_policy(policy, set(known.systems), known.channels)
    return sorted(findings + _find_strays(files, folder))


def _find_strays(files: dict[str, str], folder: Path) -> list[Finding]:
    """Files that look like configuration and are read by nobody: a rule that never holds, and no word about it."""
    read = {path for path, _ in language.find_systems(files)} | set(POLICY)
    yaml = [path for path in files if path.endswith(".yaml") and not path.startswith("tables/")]
    strays = [(path, suggest(path, list(POLICY))) for path in yaml if path not in read]
    odd = sorted(
        path.relative_to(folder) for place in ("", "systems", "tables") for path in (folder / place).glob("*.yml")
    )
    strays += [(path.as_posix(), f"name it `{path.stem}.yaml`") for path in odd]
    return [Finding(path, 1, 1, "stray-file", "nothing reads this file", remedy) for path, remedy in strays]


def _check_system(
    path: str,
    files: dict[str, str],
    folder: Path,
    known: _Known,
    topics: frozenset[str] | None,
    shared: language.SharedTables,
) -> list[Finding]:
    text = files[path]
    found = list(language.check(text, path, folder, topics, shared))
    if found:
        # So that its faults do not show again as unknown recipients.
        named = _SYSTEM.search(text)
        known.systems.setdefault(named[1] if named else PurePosixPath(path).stem, path)
        return found
    mapping = language.load(text, path, shared=shared)
    if mapping.system in known.systems:
        what = f"the system {mapping.system!r} is described in {known.systems[mapping.system]} too"
        found.append(Finding(path, 1, 1, "system-twice", what, "give each system one file"))
    known.systems[mapping.system] = path
    if "forward" not in mapping.intents:
        known.channels.add(mapping.system)
    return found + list(registry.check(mapping, files))


def _find_named(files: dict[str, str]) -> set[str]:
    """Shared tables that mappings name, also mappings with mistakes: one finding is enough."""
    return {path for _, text in language.find_systems(files) for path in _TABLE.findall(text)}


def _find_topics(files: dict[str, str]) -> frozenset[str] | None:
    """Codes of the classifier; None when its file is absent or too broken to tell."""
    try:
        return frozenset(Topics.load(files["topics.yaml"], "topics.yaml", None).entries)
    except (KeyError, PolicyErrors):
        return None
