"""`tsur adapters` and `tsur new-adapter`: what can be connected, and a new one."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands import probing
from gateway.commands.active import Folder, Json, mappings_folder, read_mappings
from gateway.commands.output import fail, print_json, print_table


def adapters(folder: Folder = None, as_json: Json = False) -> None:
    """What each adapter can do, and what each configured system makes of it."""
    from adapters import registry

    kinds = [(name, title, can) for name, title, can in registry.matrix()]
    where = mappings_folder(folder)
    if not where.is_dir():
        typer.echo(
            f"{where} is not a folder, so no system is shown; point TSUR_MAPPINGS_DIR to your mappings", err=True
        )
    systems = read_mappings(where) if where.is_dir() else {}
    used = {name: (mapping, registry.capabilities(mapping)) for name, mapping in systems.items()}
    if as_json:
        print_json({
            "adapters": {name: {"title": title, "can": can} for name, title, can in kinds},
            "systems": {name: {"adapter": m.adapter, "can": sorted(can)} for name, (m, can) in used.items()},
        })  # fmt: skip
        return
    heads = registry.CAPABILITIES
    print_table(
        ("adapter", *heads, "what for"), [(n, *(_tick(can[h]) for h in heads), title) for n, title, can in kinds]
    )
    typer.echo("")
    print_table(("system", "adapter", "mode", *heads), [
        (name, m.adapter, m.mode, *(_tick(head in can) for head in heads)) for name, (m, can) in sorted(used.items())
    ])  # fmt: skip


def _tick(yes: bool) -> str:
    return "yes" if yes else "-"


def new_adapter(
    name: Annotated[str, typer.Argument(help="a protocol's name: lower case letters, digits and _")],
    root: Annotated[Path, typer.Option(help="the project's folder")] = Path(),
) -> None:
    """Scaffold an adapter for a protocol that `rest` cannot speak: its folder, a stand, a mapping and its suites."""
    from adapters.scaffold import BadName, create

    if not (root / "adapters" / "registry.py").is_file():
        raise fail(f"{root.absolute()} is not the project's folder: adapters/registry.py is not there; use --root")
    try:
        made = create(name, root)
    except BadName as error:
        raise fail(str(error)) from error
    for path in made:
        typer.echo(f"{'changed' if path.name in ('registry.py', 'site.py') else 'made'} {path.relative_to(root)}")
    typer.echo(f"next: pytest tests/adapters/test_{name}.py passes; then make stand and adapter speak the protocol")


def register(app: typer.Typer) -> None:
    app.command()(adapters)
    probing.register(app)
    app.command("new-adapter")(new_adapter)
