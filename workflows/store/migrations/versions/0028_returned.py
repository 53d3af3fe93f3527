"""A clock knows when it was given back (退回)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Utc

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deadline", sa.Column("returned", Utc(), nullable=True))


def downgrade() -> None:
    op.drop_column("deadline", "returned")
