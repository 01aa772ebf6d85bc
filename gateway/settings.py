"""Settings from the environment. Everything has a default that runs on one machine with nothing installed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.forgotten import FILE
from gateway.mishaps import Mishap

LEVELS = ("debug", "info", "warning", "error")
#: What a value may look like, by setting: its beginning.
_SCHEMES = {
    "database_url": ("postgresql://", "postgres://", "sqlite:///"),
    "redis_url": ("redis://", "rediss://", "unix://"),
}


class BadSetting(Mishap, ValueError):
    """The message names the variable, what it holds unless that may be a password, and what it should hold."""


@dataclass(frozen=True)
class Settings:
    """`TSUR_*` of the environment; see docs/operations.md.

    files: where attachments lie, encrypted; `files` in state_dir unless told. All hosts must share it.
    database_url, redis_url: None means embedded (SQLite in state_dir, a private redis-server).
    """

    state_dir: Path = Path("state")
    mappings_dir: Path = Path("mappings")
    database_url: str | None = None
    redis_url: str | None = None
    keys_file: Path | None = None
    operators: Path | None = None
    secrets_dir: Path | None = None
    files: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8080
    threads: int = 4
    batch: int = 64
    log_level: str = "info"

    @property
    def ledger_url(self) -> str:
        return self.database_url or f"sqlite:///{(self.state_dir / 'ledger.db').absolute()}"

    @property
    def file_store(self) -> Path:
        return self.files or self.state_dir / "files"

    @property
    def key_ring(self) -> Path:
        return self.keys_file or self.state_dir / "keys.json"

    @property
    def operators_file(self) -> Path:
        return self.operators or self.key_ring.with_name("operators.yaml")

    @property
    def audit_anchor(self) -> Path:
        """The newest seal of the audit that this machine made."""
        return self.key_ring.with_name("audit.anchor")

    @property
    def forgotten(self) -> Path:
        """Beside the key ring, so that both are kept apart from the ledger's backups."""
        return self.key_ring.with_name(FILE)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Raises BadSetting."""
    given = {
        name.removeprefix("TSUR_").lower(): value
        for name, value in (os.environ if environment is None else environment).items()
        if name.startswith("TSUR_") and value
    }
    values: dict[str, object] = {}
    for name, default in Settings.__dataclass_fields__.items():
        if name in given:
            values[name] = _convert(name, given[name], str(default.type))
    return Settings(**values)  # type: ignore[arg-type]


def _convert(name: str, value: str, kind: str) -> object:
    variable = f"TSUR_{name.upper()}"
    if "Path" in kind:
        return Path(value)
    if "int" in kind:
        return _to_number(variable, value, most=65_535 if name == "port" else 100_000)
    if name == "log_level" and value.lower() not in LEVELS:
        raise BadSetting(f"{variable}={value!r}: expected one of {', '.join(LEVELS)}")
    if not value.startswith(_SCHEMES.get(name, "")):
        raise BadSetting(f"{variable}: expected an address that begins with {' or '.join(_SCHEMES[name])}")
    return value


def _to_number(variable: str, value: str, most: int) -> int:
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= most):
        raise BadSetting(f"{variable}={value!r}: expected a whole number from 1 to {most}")
    return int(value)


def read_secret(settings: Settings, name: str) -> str:
    """From the environment, else from a file of this name in `secrets_dir` (as Docker secrets are)."""
    if name in os.environ:
        return os.environ[name]
    if settings.secrets_dir is not None and (settings.secrets_dir / name).is_file():
        return (settings.secrets_dir / name).read_text(encoding="utf-8").strip()
    raise KeyError(f"secret {name}: set it in the environment or as a file in TSUR_SECRETS_DIR")
