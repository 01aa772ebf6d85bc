"""Reads routes.yaml into rules."""

from collections.abc import Mapping

from canonical.mapping.nodes import Text
from router.complaint import Body, read_bodies
from router.condition import KEYS, Condition, World, read_condition
from router.report import Report, suggest
from router.route import ALL, FALLBACK, LEAD, TRIAGE, Rule
from router.section import Section, open_file

ALWAYS = Condition(())
_RULE = ("when", "to", "lead", "answered_by", "priority", "note")


#: More residents than this get one answer only after a second person looked at it.
CONFIRM_ABOVE = 20


def read_routes(report: Report, text: str, world: World) -> tuple[tuple[Rule, ...], Rule, Mapping[str, Body], int]:
    """Rules in the order of trial, the fallback, the bodies that get no complaints of themselves, and above how many
    residents an answer is confirmed by a second person."""
    top = open_file(report, text, ("rules", "fallback", "never_to", "confirm_above"))
    rules = [_read_rule(key, section, world) for key, section in top.sections("rules", _RULE)]
    ordered = tuple(sorted(rules, key=lambda rule: -rule.priority))
    bodies = read_bodies(top.section("never_to"), frozenset(world.systems))
    _find_unreachable(report, ordered, bodies)
    return ordered, _read_fallback(top, world), bodies, int(top.number("confirm_above", 1, 100_000, CONFIRM_ABOVE))


def _read_rule(key: Text, section: Section, world: World) -> Rule:
    when = read_condition(section.section("when", KEYS), world)
    to = _read_recipients(section, world)
    lead = section.text("lead") or next(iter(to), None)
    if section.has("lead") and lead not in to:
        section.report.add(
            section.at("lead"), "lead-not-recipient", f"`{lead}` is not in `to`", suggest(str(lead), list(to))
        )
    priority = int(section.number("priority", -1000, 1000, 0))
    answered_by = section.choice("answered_by", (LEAD, ALL), LEAD)
    return Rule(key.value, when, to, lead, answered_by, priority, key.line, key.column)


def _read_fallback(top: Section, world: World) -> Rule:
    section = top.section("fallback", ("to", "lead", "answered_by", "note"))
    if not top.has("fallback"):
        top.report.warn(top, "no-fallback", "no `fallback`", "write `fallback: {to: [system]}`, or `{to: triage}`")
        return Rule(FALLBACK, ALWAYS, (), None, LEAD, 0)
    return _read_rule(Text(FALLBACK, section.line, section.column), section, world)


def _read_recipients(section: Section, world: World) -> tuple[str, ...]:
    names = section.texts("to")
    if [name.value for name in names] == [TRIAGE]:
        return ()
    if not names:
        section.report.add(section.at("to"), "no-recipient", "no recipient in `to`", "name a system, or `to: triage`")
    for place, name in enumerate(names):
        if name.value not in world.systems:
            known = sorted(world.systems)
            section.report.add(name, "recipient-unknown", f"no system `{name.value}`", suggest(name.value, known))
        elif name.value in world.channels:
            what = f"nothing can be filed with `{name.value}`: its mapping has no `out.forward`"
            known = sorted({*world.systems} - {*world.channels})
            section.report.add(name, "recipient-is-channel", what, suggest(name.value, known))
        if name.value in [other.value for other in names[:place]]:
            section.report.warn(name, "recipient-twice", f"`{name.value}` again", "remove one")
    return tuple(dict.fromkeys(name.value for name in names))


def _find_unreachable(report: Report, rules: tuple[Rule, ...], bodies: Mapping[str, Body]) -> None:
    for place, rule in enumerate(rules):
        for earlier in rules[:place]:
            sure = not earlier.to or any(name not in bodies for name in earlier.to)
            if sure and earlier.when.covers(rule.when):
                what = f"`{rule.name}` is never reached: `{earlier.name}` takes all of it"
                at = Text(rule.name, rule.line, rule.column)
                report.warn(at, "rule-unreachable", what, "give it a higher `priority`, or narrow the earlier rule")
                break
