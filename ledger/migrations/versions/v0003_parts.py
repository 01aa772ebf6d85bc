"""Parts of a conversation are found by their appeal."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    part = sa.text("disposition = 'part'")
    op.create_index("document_parts", "document", ["subject"], sqlite_where=part, postgresql_where=part)


def downgrade() -> None:
    op.drop_index("document_parts", "document")
