"""What integration engineers do: check, apply, look at a mapping's work, go live."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands import connecting, printing
from gateway.commands.active import mappings_folder, name_person, read_folder
from gateway.commands.output import fail, print_json, say

if TYPE_CHECKING:
    from canonical.finding import Finding
    from ledger.store import Tx

Folder = Annotated[
    Path | None, typer.Argument(help="the mappings folder [TSUR_MAPPINGS_DIR]", exists=True, file_okay=False)
]
Json = Annotated[bool, typer.Option("--json", help="machine-readable output")]
Quiet = Annotated[bool, typer.Option("--quiet", help="say nothing when all is well")]


Here = Annotated[bool, typer.Option("--here", help="also whether this machine has the secrets and files they name")]


def check(folder: Folder = None, as_json: Json = False, quiet: Quiet = False, here: Here = False) -> None:
    """Find every mistake in a configuration before it starts; runs its examples. Exit 1 on findings.

    \b
    tsur check
    tsur check /etc/tsur/mappings --json
    tsur check --here     (also secrets, variables, keys and certificates of this machine)
    """
    from gateway.bootstrap import UnreadableFile, read_files
    from gateway.checking import check_files

    where = _find(folder)
    try:
        files = read_files(where)
        findings = check_files(files, where)
        findings += _find_lacking(files) if here and not findings else []
    except UnreadableFile as error:
        findings = [error.finding]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            typer.echo(str(finding))
    if findings:
        raise fail(f"{len(findings)} finding(s) in {where}")
    if not as_json and not quiet:
        typer.echo("\n".join([f"{where}: no findings", *_find_untold(read_files(where))]))


def _find_untold(files: dict[str, str]) -> list[str]:
    """What recipients cannot be told of a case they have. No fault: some of them take nothing more."""
    from canonical.mapping import load_folder

    told = []
    for mapping in load_folder(files):
        lacks = [f"out.{one}" for one in ("join", "supplement") if one not in mapping.intents]
        if "forward" in mapping.intents and lacks:
            told.append(
                f"{mapping.system} has no {', '.join(lacks)}: what it is not told is in `tsur explain`, news of "
                f"substance at the desk"
            )
    return told


def _find_lacking(files: dict[str, str]) -> list["Finding"]:
    """What this machine lacks, where it is named first."""
    from canonical.finding import Finding
    from canonical.mapping import load_folder
    from gateway.provisions import find_lacking
    from gateway.settings import read_settings

    settings, found = read_settings(), []
    for mapping in load_folder(files):
        lines = files[mapping.path].splitlines()
        for lack in find_lacking(mapping, settings):
            line, text = next(((n, text) for n, text in enumerate(lines, 1) if lack.name in text), (1, ""))
            place = mapping.path, line, text.find(lack.name) + 1
            found.append(Finding(*place, "lacking", lack.what, lack.remedy))
    return sorted(found)


def apply(
    folder: Folder = None,
    quiet: Quiet = False,
    if_changed: Annotated[bool, typer.Option("--if-changed", help="do nothing when it is active already")] = False,
    as_json: Json = False,
) -> None:
    """Check a configuration and make it the active one; processes take it with their next batch."""
    from gateway.bootstrap import open_parts
    from gateway.checking import check_files
    from gateway.settings import read_settings
    from ledger import configs, lanes
    from workers.activation import activate

    where = _find(folder)
    files, parts = read_folder(where), open_parts(read_settings())
    with parts.store.read() as tx:
        name = configs.read_active(tx)
    if if_changed and name == configs.hash_content(files):
        if not quiet:
            say(as_json, f"configuration {name} of {where} is active already", config=name, differing=[])
        return
    findings = check_files(files, where)
    person = name_person(None, "administrator")
    for finding in findings:
        typer.echo(str(finding), err=True)
    if findings:
        raise fail(f"not applied: {len(findings)} finding(s)")
    with parts.store.write() as tx:
        name = activate(tx, files, person)
        differing = [*_find_differing(files, lanes.load(tx)), *_find_left(files, tx)]
    if not quiet:
        told = "\n".join([f"configuration {name} of {where} is active", *differing])
        say(as_json, told, config=name, differing=differing)


def _find_differing(files: dict[str, str], known: Mapping[str, Any]) -> list[str]:
    """Where `mode` says otherwise than the ledger: it counts for new systems only."""
    from canonical.mapping import load_folder

    told = []
    for mapping in load_folder(files):
        live = known[mapping.system].live
        if live and mapping.mode == "shadow":
            told.append(f"{mapping.system} stays live, though its mapping has no `mode: live`; `tsur pause` stops it")
        if not live and mapping.mode == "live":
            told.append(f"{mapping.system} stays in shadow, whatever its mapping says; `tsur golive` ends that")
    return told


def _find_left(files: dict[str, str], tx: "Tx") -> list[str]:
    """What is under way with systems that the configuration no longer describes: nothing of it goes on by itself."""
    from canonical.mapping import load_folder
    from ledger import cases, lanes

    described = {mapping.system for mapping in load_folder(files)}
    waiting, filed = lanes.count_waiting(tx), cases.count_unanswered(tx)
    told = []
    for system in sorted({*waiting, *filed} - described):
        leaves, asked = waiting.get(system, (0, 0))[0], filed.get(system, 0)
        told.append(
            f"{system} is not described any more: {leaves} delivery(ies) to it go to the desk when they are due, "
            f"{asked} case(s) wait for its answer; put its file back, or settle them by hand"
        )
    return told


def _find(folder: Path | None) -> Path:
    where = mappings_folder(folder)
    if not where.is_dir():
        raise fail(f"{where} is not a folder; name your mappings folder, or point TSUR_MAPPINGS_DIR to it")
    return where


def golive(system: Annotated[str, typer.Argument(help="the system's name")], as_json: Json = False) -> None:
    """Let deliveries leave to a system that was in shadow until now.

    What was recorded in shadow waits at the desk: `tsur desk list --reason shadowed`.
    """
    from canonical.mapping.report import suggest
    from gateway.bootstrap import open_parts
    from gateway.settings import read_settings
    from ledger import desk_list, lanes

    person = name_person(None, "administrator")
    with open_parts(read_settings()).store.write() as tx:
        if not lanes.go_live(tx, system, person):
            raise fail(f"no system {system!r}; {suggest(system, lanes.list_systems(tx))}")
        shown = desk_list.show_shadowed(tx, system)
    waits = f"; {shown} delivery(ies) recorded in shadow wait at the desk" if shown else ""
    say(as_json, f"{system} is live{waits}", system=system, at_the_desk=shown)


def register(app: typer.Typer) -> None:
    """Adds `check`, `apply`, `golive`, `adapters`, `probe`, `new-adapter`, `schema` and `reference`."""
    for command in (check, apply, golive):
        app.command()(command)
    connecting.register(app)
    printing.register(app)
