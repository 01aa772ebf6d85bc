"""Stopping what should not go on: one answer, or everything that leaves for one system; and sending once more."""

from typing import Annotated

import typer

from gateway.commands.active import By, Json, admit, check_case, name_person, open_active, open_store
from gateway.commands.output import fail, say

System = Annotated[str, typer.Argument(metavar="SYSTEM", help="the system's name, or `all`")]


def stop(
    answer: Annotated[str, typer.Argument(metavar="ANSWER", help="the answer's id, as `tsur trace` shows it")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Halt an answer: what has not left waits at the desk, to be released or stopped for good."""
    from ledger.life import find_case
    from workers.resolve import stop_answer
    from workers.resolve_effects import NotPossible

    active, one = open_active(), admit(by, "operator")
    with active.store.read() as tx:
        check_case(one, tx, find_case(tx, answer), answer)
    try:
        effects = stop_answer(active.store, active.sends, answer, one.name)
    except NotPossible as error:
        raise fail(str(error)) from error
    halted = effects.counts["answer held"]
    say(as_json, f"{halted} unsent answer(s) halted; decide at the desk: release or stop", answer=answer, halted=halted)


def resend(
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="its id, as `tsur trace` shows it")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Send once more what was delivered: the receiver lost it, or asked for it again. They may see it twice."""
    from ledger.life import find_case
    from workers.resolve import resend as send_again
    from workers.resolve_effects import NotPossible

    active, one = open_active(), admit(by, "operator")
    with active.store.read() as tx:
        check_case(one, tx, find_case(tx, delivery), delivery)
    try:
        effects = send_again(active.store, active.sends, delivery, one.name)
    except NotPossible as error:
        raise fail(str(error)) from error
    say(as_json, f"delivery {effects.made[0]} will be sent", delivery=effects.made[0], of=delivery)


def pause(system: System, by: By = None, as_json: Json = False) -> None:
    """Let nothing leave for a system; what is due waits. Documents are still received."""
    _set_paused(system, True, by, as_json)


def resume(system: System, by: By = None, as_json: Json = False) -> None:
    """Let deliveries leave again."""
    _set_paused(system, False, by, as_json)


def _set_paused(system: str, paused: bool, by: str | None, as_json: bool) -> None:
    from canonical.mapping.report import suggest
    from ledger import lanes

    person = name_person(by, "administrator")
    with open_store().write() as tx:
        known = lanes.load(tx)
        if system != "all" and system not in known:
            raise fail(f"no system {system!r}; {suggest(system, lanes.list_systems(tx))}")
        lanes.pause(tx, None if system == "all" else system, paused, person)
        waiting = lanes.count_waiting(tx)
    number = sum(count for name, (count, _) in waiting.items() if system in ("all", name))
    done = "is paused" if paused else "goes on"
    say(as_json, f"{system} {done}; {number} delivery(ies) wait", system=system, paused=paused, waiting=number)


def register(app: typer.Typer) -> None:
    for command in (stop, resend, pause, resume):
        app.command()(command)
