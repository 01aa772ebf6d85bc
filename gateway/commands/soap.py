"""`tsur soap`: what a WSDL offers, a mapping to begin with, and what an upgrade of it breaks."""

import re
from collections import abc
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.active import Folder, Json, mappings_folder, read_mappings
from gateway.commands.output import fail, print_json

if TYPE_CHECKING:
    from adapters.soap.comparing import Break, Pair
    from adapters.soap.contract import Contract
    from adapters.soap.wsdl import Operation, Port
    from canonical.mapping import Mapping

Wsdl = Annotated[Path, typer.Argument(help="a WSDL; what it imports lies in its folder", exists=True, dir_okay=False)]
soap = typer.Typer(no_args_is_help=True, help="SOAP services: operations, a first mapping, upgrades.")


def register(app: typer.Typer) -> None:
    app.add_typer(soap, name="soap")


@soap.command("inspect")
def inspect(
    wsdl: Wsdl,
    operation: Annotated[str | None, typer.Option(help="print a mapping that calls this operation")] = None,
    system: Annotated[str | None, typer.Option(help="the system's name in it [the WSDL's]")] = None,
    service: Annotated[str | None, typer.Option(help="of the WSDL [the first of SOAP]")] = None,
    port: Annotated[str | None, typer.Option(help="of the service [the first of SOAP]")] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """List operations; with --operation print a mapping skeleton that passes `tsur check`.

    Opens nothing outside of the WSDL's folder.

    \b
    tsur soap inspect mappings/systems/gzhi/gzhi.wsdl
    tsur soap inspect mappings/systems/gzhi/gzhi.wsdl --operation Register --system gzhi > mappings/systems/gzhi.yaml
    """
    from adapters.soap.skeleton import write_skeleton

    name = system or re.sub("[^a-z0-9_-]", "-", wsdl.stem.lower())
    contract = _open(wsdl, _place(wsdl, mappings_folder(folder), name), service, port)
    if operation is not None:
        typer.echo(write_skeleton(contract, _find(contract, operation), name), nl=False)
    elif as_json:
        print_json(_show(contract))
    else:
        _print(contract)


@soap.command("diff")
def diff(
    old: Wsdl,
    new: Wsdl,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Say what an upgrade of a WSDL breaks for the mappings that use it: operations that are gone, changed types, new
    demands. Exit 1 when something breaks.

    OLD is found in the mappings by the hash that they pin.

    \b
    tsur soap diff mappings/systems/gzhi/gzhi.wsdl /tmp/new/gzhi.wsdl
    """
    before = _open(old, old.name, None, None)
    _open(new, new.name, None, None)
    found: list[Break] = []
    used = []
    for mapping in read_mappings(mappings_folder(folder)).values():
        if mapping.adapter == "soap" and str(mapping.settings.get("pin")).lower() == before.pin:
            used.append(mapping.system)
            found += _compare(mapping, old, new)
    if not used:
        raise fail(f"no mapping pins {old} ({before.pin})")
    if as_json:
        print_json({"systems": used, "breaks": [asdict(one) for one in found]})
    else:
        for one in found:
            typer.echo(f"{one.file}:{one.line}:{one.column}: {one.where}: {one.what}")
        typer.echo(f"{len(found)} break(s) in {', '.join(used)}")
    raise typer.Exit(1 if found else 0)


def _compare(mapping: "Mapping", old: Path, new: Path) -> "list[Break]":
    from adapters.soap.comparing import Break, compare

    try:
        pair = _open_pair(mapping, new)
    except _Gone as error:
        return [Break(mapping.path, *mapping.place("connect"), "service", str(error))]
    return compare(mapping, _open_pair(mapping, old), pair)


class _Gone(Exception):
    """The port that a mapping uses is not in the WSDL."""


def _open_pair(mapping: "Mapping", wsdl: Path) -> "Pair":
    from adapters.soap.comparing import Pair
    from adapters.soap.settings import Settings, open_called, open_incoming
    from adapters.soap.shelf import BadContract

    settings = Settings.model_validate({**mapping.settings, "wsdl": wsdl.name})
    files = _Beside(wsdl)
    try:
        contract = open_called(settings, files)
        return Pair(contract, open_incoming(settings, files) if mapping.webhooks else contract)
    except BadContract as error:
        raise _Gone(str(error)) from error


def _open(wsdl: Path, name: str, service: str | None, port: str | None) -> "Contract":
    from adapters.soap.contract import open_contract
    from adapters.soap.shelf import BadContract

    try:
        return open_contract(_Beside(wsdl, name.rpartition("/")[0]), name, service, port)
    except BadContract as error:
        raise fail(str(error)) from None


def _find(contract: "Contract", name: str) -> "Operation":
    from adapters.soap.shelf import BadContract

    try:
        return contract.operation(name)
    except BadContract as error:
        raise fail(str(error)) from None


class _Beside(abc.Mapping[str, str]):
    """Files of the WSDL's folder by their paths in it, below `top`; read when they are asked for."""

    def __init__(self, wsdl: Path, top: str = "") -> None:
        self.folder, self.top = wsdl.parent.resolve(), f"{top}/" if top else ""

    def __getitem__(self, name: str) -> str:
        path = (self.folder / name.removeprefix(self.top)).resolve()
        inside = name.startswith(self.top) and path.is_relative_to(self.folder)
        if not (inside and path.suffix in (".wsdl", ".xsd") and path.is_file()):
            raise KeyError(name)
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise fail(f"{path} is not UTF-8: convert it (and mend its XML declaration)") from None

    def __iter__(self) -> abc.Iterator[str]:
        return (
            self.top + path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _place(wsdl: Path, mappings: Path, system: str) -> str:
    """Where the mapping will find it: as it lies, or where it is to be put."""
    try:
        return wsdl.resolve().relative_to(mappings.resolve()).as_posix()
    except ValueError:
        return f"systems/{system}/{wsdl.name}"


def _show(contract: "Contract") -> dict[str, object]:
    operations = [
        {
            "name": one.name, "action": one.action, "one_way": one.one_way, "doc": one.doc,
            "request": one.request.tag if one.request else None, "reply": one.reply.tag if one.reply else None,
            "headers": [part.tag for part in one.headers], "faults": [part.tag for part in one.faults],
        }
        for one in contract.operations.values()
    ]  # fmt: skip
    return {
        **_show_port(contract.port), "others": [_show_port(one) for one in contract.others], "pin": contract.pin,
        "operations": operations, "unusable": dict(contract.unusable),
    }  # fmt: skip


def _show_port(port: "Port") -> dict[str, str]:
    return {"service": port.service, "port": port.name, "soap": port.version, "address": port.address}


def _print(contract: "Contract") -> None:
    typer.echo(f"{_name_port(contract.port)}\npin: {contract.pin}\n")
    for one in contract.operations.values():
        typer.echo(_describe(one))
    for name, why in contract.unusable.items():
        typer.echo(f"{name}: cannot be used: {why}")
    for port in contract.others:
        typer.echo(f"\nanother port: {_name_port(port)}; --service {port.service} --port {port.name}", nl=False)
    typer.echo("\nA mapping to begin with: tsur soap inspect WSDL --operation NAME")


def _name_port(port: "Port") -> str:
    return f"{port.service}/{port.name}: SOAP {port.version}, {port.address}"


def _describe(one: "Operation") -> str:
    reply = "" if one.one_way else f" → {one.reply.name if one.reply else 'nothing'}"
    lines = [f"{one.name}({one.request.name if one.request else ''}){reply}", *([one.doc] if one.doc else [])]
    for title, parts in (("header", one.headers), ("faults", one.faults)):
        lines += [f"{title}: {', '.join(part.name for part in parts)}"] if parts else []
    return "\n    ".join(lines)
