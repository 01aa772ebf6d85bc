"""Following one appeal: what happened to it, how it was read, why it went where it went."""

from typing import Annotated

import typer

from gateway.commands import routing, translating
from gateway.commands.active import admit, check_case
from gateway.commands.output import fail, print_json, print_table, show_time

Name = Annotated[str, typer.Argument(help="any id: appeal, case, document, delivery, file, or a source's own number")]
Json = Annotated[bool, typer.Option("--json", help="machine-readable output")]


def trace(name: Name, as_json: Json = False) -> None:
    """Show the whole life of one appeal: what arrived, was decided, sent and answered.

    \b
    tsur trace city_app-001
    tsur trace v_01m85 --json
    """
    from gateway.bootstrap import open_parts
    from gateway.settings import read_settings
    from ledger.life import find_case, tell, tell_document

    one = admit(None, "viewer")
    with open_parts(read_settings()).store.read() as tx:
        case_id = find_case(tx, name)
        check_case(one, tx, case_id, name)
        moments = tell(tx, case_id) if case_id is not None else tell_document(tx, name)
    if not moments:
        raise fail(f"nothing in the ledger is called {name!r}")
    if as_json:
        print_json([moment.__dict__ | {"at": show_time(moment.at)} for moment in moments])
    else:
        print_table(("when", "what", "id", "detail"), [(show_time(m.at), m.what, m.id, m.detail) for m in moments])


def register(app: typer.Typer) -> None:
    """Adds `trace`, `translate`, `route` and `explain`."""
    app.command()(trace)
    translating.register(app)
    routing.register(app)
