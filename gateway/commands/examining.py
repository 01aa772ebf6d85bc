"""`tsur doctor`: what this installation lacks."""

from dataclasses import asdict
from typing import Annotated

import typer

from gateway.commands.output import fail, print_json
from gateway.settings import read_settings


def doctor(as_json: Annotated[bool, typer.Option("--json", help="machine-readable output")] = False) -> None:
    """Look at keys, disk, Redis, ledger, clock, configuration, certificates and desk; change nothing.

    Exit 1 when something fails.
    """
    from gateway.doctor import examine
    from gateway.symptom import FAIL

    found = examine(read_settings())
    if as_json:
        print_json([asdict(symptom) for symptom in found])
    else:
        for symptom in found:
            remedy = f"; {symptom.remedy}" if symptom.remedy else ""
            typer.echo(f"{symptom.state:4}  {symptom.subject}: {symptom.said}{remedy}")
    if any(symptom.state == FAIL for symptom in found):
        raise fail("this installation does not work as it is; see the lines that say fail")


def register(app: typer.Typer) -> None:
    app.command()(doctor)
