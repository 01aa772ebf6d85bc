"""`tsur adapters`, `tsur probe` and `tsur new-adapter`: what can be connected, whether it works, and a new one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.active import (
    Folder,
    Json,
    find_mapping,
    load_mappings,
    mappings_folder,
    read_folder,
    read_mappings,
)
from gateway.commands.output import fail, print_json, print_table

if TYPE_CHECKING:
    from adapters.contract import Tools


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


def probe(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="the system's name")],
    number: Annotated[str | None, typer.Option(help="also ask about this filing of ours, by its number there")] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Test login, list and detail of a system without writing: nothing is sent or stored. Exit 1 on failure."""
    from adapters import registry
    from adapters.errors import AdapterError
    from gateway.settings import read_settings

    files = read_folder(mappings_folder(folder))
    mapping = find_mapping(load_mappings(files), system)
    findings = registry.check(mapping, files)
    if findings:
        raise fail("\n".join(map(str, findings)))
    steps: list[tuple[str, bool, str]] = []
    try:
        adapter = registry.build(mapping, _make_tools(read_settings(), files))
        try:
            _probe(adapter, mapping, number, steps)
        finally:
            adapter.close()
    except AdapterError as error:
        steps.append((type(error).__name__, False, str(error)))
    if as_json:
        print_json([{"step": step, "ok": ok, "detail": detail} for step, ok, detail in steps])
    else:
        print_table(("step", "", "detail"), [(step, "ok" if ok else "FAILED", detail) for step, ok, detail in steps])
    if not all(ok for _, ok, _ in steps):
        raise typer.Exit(1)


def _make_tools(settings: Any, files: dict[str, str]) -> "Tools":
    """Tools with which nothing can be delivered."""
    from adapters.contract import Tools
    from gateway.settings import read_secret

    def refuse(*_: Any) -> None:
        raise PermissionError("a probe has no effects")

    return Tools(
        secret=lambda name: read_secret(settings, name), read_file=lambda _: b"", still_mine=refuse, files=files
    )


def _probe(adapter: Any, mapping: Any, number: str | None, steps: list[tuple[str, bool, str]]) -> None:
    from adapters.contract import Follows, Polls

    health = adapter.check_health()
    steps.append(("reach and log in", health.ok, health.detail or "answers"))
    if not health.ok:
        return
    if isinstance(adapter, Polls):
        batch = adapter.poll(None)
        more = ", more to come" if batch.more else ""
        steps.append(("list from the configured start", True, f"{len(batch.documents)} document(s){more}"))
        steps.append(_read(mapping, batch.documents))
        steps += find_stuck(mapping, batch)
    if number and isinstance(adapter, Follows):
        found = adapter.follow([number]).documents
        steps.append((f"filing {number}", bool(found), f"{len(found)} document(s)"))
        steps.append(_read(mapping, found))
    if not isinstance(adapter, Polls | Follows):
        steps.append(("list", True, f"it calls us: nothing to ask; send a document to {_entrance(mapping)}"))


def find_stuck(mapping: Any, batch: Any) -> list[tuple[str, bool, str]]:
    """A `next` that finds nothing looks like a list without an end to come: the first page would be read for ever."""
    came = {document.kind for document in batch.documents}
    found = []
    for kind, rules in sorted(mapping.changes.items()):
        if rules.get("by") == "cursor" and kind in came and batch.cursor[kind].get("cursor") == rules.get("first"):
            what = f"the reply tells none where `next` of `{kind}` looks: right only if there is no more to come"
            found.append(("a cursor to go on from", True, what))
    return found


def _entrance(mapping: Any) -> str:
    return f"/{'soap' if mapping.adapter == 'soap' else 'in'}/{mapping.system}"


def _read(mapping: Any, documents: Any) -> tuple[str, bool, str]:
    """Whether the mapping reads what came; the first reason why not, which holds no values."""
    from canonical.mapping import ReadingError

    faults = []
    for document in documents:
        try:
            if document.fault:
                faults.append(document.fault)
            else:
                mapping.read(document.kind, document.body)
        except ReadingError as error:
            faults.append(str(error))
    said = f", {len(faults)} not, the first: {faults[0]}" if faults else ""
    return "read by the mapping", not faults, f"{len(documents) - len(faults)} readable{said}"


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
    app.command()(probe)
    app.command("new-adapter")(new_adapter)
