"""The ledger and the active configuration, as commands need them: no adapters, no Redis."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.output import fail

if TYPE_CHECKING:
    from canonical.mapping import Mapping
    from gateway.operators import Operator
    from ledger.store import Store, Tx

By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="who decides, for the audit [your login]")]
Folder = Annotated[Path | None, typer.Option("--mappings", help="the mappings folder [TSUR_MAPPINGS_DIR]")]
Json = Annotated[bool, typer.Option("--json", help="machine-readable output")]


@dataclass(frozen=True)
class Active:
    store: "Store"
    mappings: "dict[str, Mapping]"
    files: "dict[str, str]"  # by path below the mappings folder

    @property
    def sends(self) -> Callable[[str, str], bool]:
        return lambda system, intent: system in self.mappings and intent in self.mappings[system].intents


def open_store() -> "Store":
    from gateway.bootstrap import open_parts
    from gateway.settings import read_settings

    return open_parts(read_settings()).store


def open_active() -> Active:
    """With the mappings of the configuration that is in effect."""
    from ledger import configs

    store = open_store()
    with store.read() as tx:
        name = configs.read_active(tx)
        if name is None:
            raise fail("no configuration is active; run `tsur apply mappings`")
        files = configs.load(tx, name)
        return Active(store, load_mappings(files), files)


def load_mappings(files: dict[str, str]) -> "dict[str, Mapping]":
    """By system; a file with mistakes ends the command with its findings."""
    from canonical import mapping as language

    try:
        return {mapping.system: mapping for mapping in language.load_folder(files)}
    except language.MappingErrors as error:
        raise fail(f"{error.findings[0].file} has mistakes; `tsur check` shows all:\n{error}") from error


def mappings_folder(folder: Path | None) -> Path:
    from gateway.settings import read_settings

    return folder or read_settings().mappings_dir


def read_mappings(folder: "os.PathLike[str]") -> "dict[str, Mapping]":
    """From a folder, active or not."""
    return load_mappings(read_folder(folder))


def read_folder(folder: "os.PathLike[str]") -> dict[str, str]:
    """The configuration's files, by path; what cannot be read ends the command."""
    from gateway.bootstrap import UnreadableFile, read_files

    try:
        return read_files(Path(folder))
    except (FileNotFoundError, UnreadableFile) as error:
        raise fail(str(error)) from error


def find_mapping(mappings: "dict[str, Mapping]", system: str) -> "Mapping":
    from canonical.mapping.report import suggest

    if system not in mappings:
        raise fail(f"no system {system!r}; {suggest(system, list(mappings))}")
    return mappings[system]


def refuse_unknown(tx: "Tx", system: str | None, found: object) -> None:
    """Where a filter finds nothing, a mistyped system must not look like one without work."""
    from canonical.mapping.report import suggest
    from ledger import lanes

    known = lanes.list_systems(tx)
    if system is not None and not found and system.partition("/")[0] not in known:
        raise fail(f"no system {system!r}; {suggest(system, known)}")


def admit(by: str | None, role: str) -> "Operator":
    """Who is at work, of whom this role is asked. Whoever may not ends the command."""
    from gateway.operators import Denied
    from gateway.operators import admit as recognise
    from gateway.settings import read_settings

    try:
        return recognise(read_settings().operators_file, by, role, os.environ)
    except Denied as error:
        raise fail(str(error)) from error


def name_person(by: str | None, role: str = "operator") -> str:
    """Who decides: of `operators.yaml` where there is one, else as told or the login."""
    return admit(by, role).name


def check_case(one: "Operator", tx: "Tx", case_id: str | None, name: str) -> None:
    """Whoever sees only some municipalities sees nothing of other cases, not even that they are there."""
    from ledger.municipality import holds_case

    if one.municipalities is not None and (case_id is None or not holds_case(tx, case_id, one.municipalities)):
        raise fail(f"nothing of your municipalities is called {name!r}")
