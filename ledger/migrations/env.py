"""Runs migrations on the connection that `ledger.schema` hands over."""

from alembic import context

from ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True,
    render_as_batch=True,
)  # fmt: skip
context.run_migrations()
