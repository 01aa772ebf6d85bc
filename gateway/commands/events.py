"""Mass events: a person groups cases of one topic in one municipality without merging them."""

from typing import Annotated

import typer

from gateway.commands.active import Active, By, Json, admit, name_person, open_active, open_store
from gateway.commands.output import fail, print_json, print_table, say, show_time

event = typer.Typer(no_args_is_help=True, help="Mass events: cases of one topic in one municipality, grouped.")


@event.command("open")
def open_event(
    topic: Annotated[str, typer.Option(help="our topic code, as in topics.yaml")],
    oktmo: Annotated[str, typer.Option(help="the municipality's code")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Open an event and group the open cases that belong to it.

    \b
    tsur event open --topic heating --oktmo 71951000
    """
    from ledger import events

    one, active = admit(by, "operator"), open_active()
    zone = _find_zone(active, topic, oktmo)
    if one.municipalities is not None and not zone.startswith(one.municipalities):
        raise fail(f"{one.name} sees {', '.join(one.municipalities)}, not {zone}")
    with active.store.write() as tx:
        name, number = events.open_event(tx, topic, zone, one.name)
    say(as_json, f"event {name}: {number} case(s) of {topic} in {zone}", event=name, cases=number)


def _find_zone(active: Active, topic: str, oktmo: str) -> str:
    """The municipality's code of today. What no case can have would be an event that nothing ever joins."""
    from canonical.mapping.report import suggest
    from gateway.commands.rules import make_policy

    policy = make_policy(active.files, set(active.mappings))
    if topic not in policy.topics.entries:
        raise fail(f"no topic {topic!r} in topics.yaml; {suggest(topic, list(policy.topics.entries))}")
    known = policy.places.by_code
    if oktmo not in known:
        raise fail(f"no municipality {oktmo!r} in places.yaml; {suggest(oktmo, list(known))}")
    return known[oktmo].oktmo


@event.command("close")
def close_event(name: Annotated[str, typer.Argument(metavar="ID")], by: By = None, as_json: Json = False) -> None:
    """Close an event; its cases go on by themselves and remember it."""
    from ledger import events

    with open_store().write() as tx:
        if not events.close_event(tx, name, name_person(by)):
            raise fail(f"no open event {name!r}; `tsur event list` shows them")
    say(as_json, f"event {name} is closed", event=name, closed=True)


@event.command("list")
def list_events(as_json: Json = False) -> None:
    """Events with the number of their cases and residents."""
    from ledger import events

    with open_store().read() as tx:
        rows = events.list_events(tx)
    if as_json:
        print_json([dict(row._mapping) for row in rows])
        return
    heads = ("id", "topic", "oktmo", "opened", "closed", "cases", "appeals")
    print_table(heads, [
        (r.id, r.topic, r.zone, show_time(r.opened_at), show_time(r.closed_at), r.cases, r.appeals) for r in rows
    ])  # fmt: skip


@event.command("crowds")
def list_crowds(
    least: Annotated[int, typer.Option(min=1, help="show what at least so many residents write of")] = 2,
    as_json: Json = False,
) -> None:
    """What many residents write of just now, also below the bars of events.yaml; nothing is proposed."""
    from dataclasses import asdict

    from gateway.commands.rules import make_policy
    from workers.crowds import find_crowds

    active = open_active()
    rules = make_policy(active.files, set(active.mappings)).crowds
    with active.store.read() as tx:
        crowds = find_crowds(tx, rules, least)
    rows = [asdict(c) | {"proposed": rules.is_crowd(c.topic, c.people, c.houses)} for c in crowds]
    if as_json:
        print_json(rows)
        return
    heads = ("topic", "oktmo", "appeals", "people", "houses", "emergencies", "proposed")
    print_table(heads, [tuple(row[head] for head in heads) for row in rows])


def register(app: typer.Typer) -> None:
    app.add_typer(event, name="event")
