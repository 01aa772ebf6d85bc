"""The commands of `tsur`, one file per subject."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer


def register(app: "typer.Typer") -> None:
    """Adds every command group."""
    from gateway.commands import (
        configuration,
        desk,
        evaluating,
        examining,
        learning,
        reading,
        smev,
        soap,
        storage,
        tracing,
        tuning,
    )

    modules = configuration, desk, evaluating, examining, learning, reading, smev, soap, storage, tracing, tuning
    for module in modules:
        module.register(app)
