"""Files that appeals and answers name: what was fetched, and why not."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("id", "owner", "mark", "system")),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("urgency", sa.Integer(), server_default="0", nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("created_at", "due_at", "done_at")),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in ("attempts", "lost")),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=True),
        *(sa.Column(name, sa.Boolean(), server_default="0", nullable=False) for name in ("late", "shareable")),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner", "mark", name="one_row_per_file"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("attachment_due", "attachment", ["system", "urgency", "id"],
                    sqlite_where=waiting, postgresql_where=waiting)  # fmt: skip
    op.create_index("attachment_of_content", "attachment", ["digest"])
