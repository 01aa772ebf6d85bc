"""`tsur schema` and `tsur reference`: what the code knows, printed, so that no document can lag behind it."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.output import fail, print_json


def schema(name: Annotated[str | None, typer.Argument(help="a model, e.g. appeal; none: all of them")] = None) -> None:
    """Print the JSON Schema of the canonical models: what a document is translated into."""
    from canonical.mapping.report import suggest
    from canonical.schemas import make_schemas

    made = make_schemas()
    known = {known.lower(): known for known in made}
    if name is not None and name.lower() not in known:
        raise fail(f"no model {name!r}; {suggest(name.lower(), list(known))}")
    print_json(made if name is None else made[known[name.lower()]])


def reference(
    file: Annotated[
        Path | None, typer.Argument(help="write here, e.g. docs/mapping-reference.md [standard output]")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="exit 1 when FILE is not what would be written")] = False,
) -> None:
    """Print the reference of the mapping language, made from the code that reads mappings."""
    from canonical.mapping.reference import write_reference

    text = write_reference()
    if file is None:
        typer.echo(text)
    elif check:
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            raise fail(f"{file} is out of date; run `tsur reference {file}`")
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def register(app: typer.Typer) -> None:
    app.command()(schema)
    app.command()(reference)
