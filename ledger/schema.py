"""Bringing the ledger's schema up to date with Alembic. A worker refuses a newer schema than it knows."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, func, select

from ledger.store import MIGRATE

HERE = Path(__file__).parent / "migrations"


class WrongSchema(RuntimeError):
    """The message says which schema was found, which is known, and what to run."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    return config


def known_versions() -> list[str]:
    return [script.revision for script in ScriptDirectory(str(HERE)).walk_revisions()]


def upgrade(engine: Engine) -> str:
    """Runs what is missing; safe when several processes call it at once. The version reached."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(MIGRATE)))
        command.upgrade(_config(connection), "head")
        return read_version(connection) or ""


def read_version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def require_current(engine: Engine) -> None:
    with engine.connect() as connection:
        found = read_version(connection)
    known = known_versions()
    if found is None or found not in known:
        raise WrongSchema(
            f"the ledger has schema {found or 'none'}, this program knows {known[0]}: "
            + ("run `tsur db upgrade`" if found is None else "it was made by a newer version; install that one")
        )
    if found != known[0]:
        raise WrongSchema(f"the ledger has schema {found}, {known[0]} is needed: run `tsur db upgrade`")
