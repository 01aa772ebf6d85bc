"""The desk: everything that waits for a person, one list."""

import typer


def register(app: typer.Typer) -> None:
    """Adds `desk`."""
