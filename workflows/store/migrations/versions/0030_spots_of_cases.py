"""A case knows the plate it was reported from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

NAME, FROM_PLATES = "ix_case_spot", sa.text("spot IS NOT NULL")


def upgrade() -> None:
    op.add_column("case", sa.Column("spot", sa.String(), nullable=True))
    op.create_index(NAME, "case", ["spot", "reported"], sqlite_where=FROM_PLATES, postgresql_where=FROM_PLATES)


def downgrade() -> None:
    op.drop_index(NAME, table_name="case")
    op.drop_column("case", "spot")
