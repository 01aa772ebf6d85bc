"""Alembic migrations. Expand first, contract a version later: versions N and N−1 run together."""
