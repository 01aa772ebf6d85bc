"""`tsur check` of the policy files."""

from collections.abc import Mapping

from canonical.finding import Finding
from router.condition import World
from router.crowds import FILE as EVENTS
from router.crowds import check_crowds
from router.deadlines_file import check_deadlines
from router.duplicates.rules import check_rules
from router.learned import load_learned, read_named
from router.places import Places
from router.places_file import read_places
from router.report import Report
from router.routes import check_routes
from router.topics_file import read_topics

EMPTY = "version: 1"


def check_files(
    files: Mapping[str, str], systems: frozenset[str], channels: frozenset[str] = frozenset()
) -> list[Finding]:
    """What topics.yaml and places.yaml define is known to the other files even when they have findings."""
    topics, places = Report("topics.yaml"), Report("places.yaml")
    entries, _, top = read_topics(topics, files.get("topics.yaml", EMPTY), systems)
    if named := read_named(top):
        load_learned(topics, named, entries, files)
    municipalities = read_places(places, files.get("places.yaml", EMPTY))
    world = World(
        systems, frozenset(entry.code for entry in entries), frozenset(Places(municipalities).names), channels
    )
    findings = [*topics.findings, *places.findings]
    if "deadlines.yaml" in files:
        findings += check_deadlines(files["deadlines.yaml"], "deadlines.yaml", world)
    if "duplicates.yaml" in files:
        findings += check_rules(files["duplicates.yaml"], "duplicates.yaml", systems)
    if EVENTS in files:
        findings += check_crowds(files[EVENTS], world.topics)
    if "routes.yaml" in files:
        findings += check_routes(files["routes.yaml"], "routes.yaml", world)
    else:
        findings.append(Finding("routes.yaml", 1, 1, "missing-file", "no routes.yaml", "write it beside `systems`"))
    return sorted(findings)
