"""`tsur route` and `tsur explain`: which rule won and why the others did not; what was compared with what."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.active import (
    Folder,
    Json,
    admit,
    check_case,
    find_mapping,
    mappings_folder,
    open_store,
    read_mappings,
)
from gateway.commands.output import fail, print_json, print_table, say, show_time
from gateway.commands.rules import load_policy_of, tell
from gateway.commands.translating import File, split

if TYPE_CHECKING:
    from canonical.appeal import Appeal
    from gateway.operators import Operator
    from ledger.store import Tx

Name = Annotated[str, typer.Argument(help="any id: appeal, case, document, delivery, or a source's own number")]


def route(
    file: File,
    system: Annotated[str, typer.Option(help="the channel whose document it is")],
    canonical: Annotated[bool, typer.Option("--canonical", help="FILE is a canonical appeal in JSON")] = False,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Show where an appeal would go, by which rule, and why the other rules did not win. Nothing is stored.

    \b
    tsur route --system city_app mappings/examples/city_app-appeal.json
    """
    where = mappings_folder(folder)
    mappings = read_mappings(where)
    mapping = find_mapping(mappings, system)
    policy = load_policy_of(where, set(mappings))
    told = [tell(policy, appeal, system) for appeal in _read(mapping, file.read_bytes(), canonical)]
    if as_json:
        print_json(told)
        return
    for one in told:
        print_route(one)


def _read(mapping: Any, raw: bytes, canonical: bool) -> "list[Appeal]":
    from pydantic import ValidationError

    from canonical.appeal import Appeal
    from canonical.mapping import ReadingError

    try:
        if canonical:
            return [Appeal.model_validate_json(raw)]
        return [reading for _, body, _ in split(mapping, "appeal", raw) for reading in mapping.read("appeal", body)]
    except ReadingError as error:
        raise fail(f"{mapping.system}: {error}; `tsur translate` shows every field") from error
    except ValidationError as error:
        places = ", ".join(".".join(map(str, one["loc"])) for one in error.errors(include_input=False))
        raise fail(f"not a canonical appeal, see `tsur schema appeal`: {places}") from error


def print_route(one: dict[str, Any]) -> None:
    place = ", ".join(filter(None, one["place"].values())) or "not known"
    typer.echo(f"topic    {one['topic'] or 'not known'} ({one['topic_why']})")
    typer.echo(f"urgency  {one['urgency']}\nplace    {place}\ndue      {one['due_at']} ({_show_term(one)})")
    typer.echo(f"to       {', '.join(one['to']) or 'nobody: a person chooses at the desk'} (rule {one['rule']})\n")
    print_table(("", "rule", "why"), [("won" if r["won"] else "-", r["rule"], r["why"]) for r in one["rules"]])
    typer.echo("")


def _show_term(one: dict[str, Any]) -> str:
    return f"{one['due_by']}: {one['due_in']}" if one["due_in"] else "the source's own deadline"


def explain(
    name: Name,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="write one page for a browser")] = None,
    as_json: Json = False,
) -> None:
    """Show why an appeal went where it went: rules as they were then, what it was taken to be the same as and by which
    scores, and what came of it.

    The page shows the texts beside each other as others may see them, with what they have in common marked. It is one
    file that needs no network and runs no script.

    \b
    tsur explain city_app-001
    tsur explain city_app-001 --html case.html
    """
    from gateway.commands.evidence import gather
    from ledger.life import find_case

    person = admit(None, "viewer")
    with open_store().read() as tx:
        case_id = find_case(tx, name)
        check_case(person, tx, case_id, name)
        if case_id is None:
            raise fail(f"nothing in the ledger is called {name!r}")
        told = gather(tx, case_id)
        page = _draw_page(tx, told, person) if html is not None else ""
    if html is not None:
        _write(html, page)
        say(as_json, f"{html}: case {case_id}", file=str(html), case=case_id)
    elif as_json:
        print_json(told)
    else:
        print_case(told)


def _draw_page(tx: "Tx", told: dict[str, Any], person: "Operator") -> str:
    from gateway.case_page import make_page
    from gateway.commands.case_texts import show_answers, show_appeals

    return make_page(told, show_appeals(tx, told, person.municipalities), show_answers(tx, told))


def _write(file: Path, page: str) -> None:
    """Only its owner may read it: a resident's words are in it."""
    try:
        file.touch(mode=0o600)
        file.write_text(page, "utf-8")
    except OSError as error:
        raise fail(f"{file}: {error.strerror}") from error


def print_case(told: dict[str, Any]) -> None:
    case = told["case"]
    typer.echo(
        f"case {case['id']}: {case['state']}, rule {case['rule']}, decided with configuration {case['config']}, "
        f"reopened {case['reopened']}\n"
    )
    if told["route"]:
        print_route(told["route"])
    for named in told["topics_named"]:
        typer.echo(
            f"{show_time(named['at'])} topic {named['topic']} named by {named['by']}, before {named['was'] or '-'}"
        )
    print_table(("appeal", "system", "number", "state", "how it came here"), [
        (a["id"], a["system"], a["external_id"], a["state"], a["how"]) for a in told["appeals"]
    ])  # fmt: skip
    for one in told["compared"]:
        _print_compared(one)
    typer.echo("")
    print_table(("assignment", "state", "lead", "number", "due"), [
        (a["recipient"], a["state"], "yes" if a["lead"] else "no", a["number"] or "-", show_time(a["due_at"]))
        for a in told["assignments"]
    ])  # fmt: skip
    _print_untold(told["untold"])
    typer.echo("")
    print_table(("answer", "at", "state", "outcome", "residents told", "not yet"), [
        (a["id"], show_time(a["heard_at"]), a["state"], a["outcome"] or "-", a["told"], a["not_told"])
        for a in told["answers"]
    ])  # fmt: skip


def _print_untold(untold: list[dict[str, Any]]) -> None:
    """How often, not of whom: thousands may have joined."""
    for (recipient, intent), number in Counter((one["recipient"], one["intent"]) for one in untold).items():
        typer.echo(f"{recipient} takes no {intent}: {number} time(s) it was not told; --json names them")


def _print_compared(one: dict[str, Any]) -> None:
    typer.echo(f"\n{show_time(one['at'])} {one['what']}: {one['appeal']} and {one['other']}")
    for key, value in one["evidence"].items():
        typer.echo(f"  {key}: {value}")
    if bar := one["thresholds"]:
        asked = "words" if one["evidence"].get("same_person") else "score"
        typer.echo(
            f"  thresholds: {asked} {bar['join']:g} joins, {bar['suggest']:g} is suggested; text {bar['copy']:g} is a "
            f"copy; at most {bar['days']:g} days apart"
        )


def register(app: typer.Typer) -> None:
    app.command()(route)
    app.command()(explain)
