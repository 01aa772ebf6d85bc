"""Bringing the ledger's schema up to date with Alembic. A worker refuses a newer schema than it knows.

Alembic is imported only to upgrade: the long-running processes need its version table, not its memory.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, inspect, select, text

from ledger.store import MIGRATE

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent / "migrations"
_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)


class WrongSchema(RuntimeError):
    """The message says which schema was found, which is known, and what to run."""


def _config(connection: Connection | None = None) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    return config


def known_versions() -> list[str]:
    """Newest first: a version's file begins with its number."""
    files = sorted((HERE / "versions").glob("v*.py"), reverse=True)
    return [found[1] for file in files if (found := _REVISION.search(file.read_text(encoding="utf-8")))]


def upgrade(engine: Engine) -> str:
    """Runs what is missing; safe when several processes call it at once. The version reached."""
    from alembic import command

    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(MIGRATE)))
        command.upgrade(_config(connection), "head")
        return read_version(connection) or ""


def read_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


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
