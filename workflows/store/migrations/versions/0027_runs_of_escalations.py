"""An escalation knows the run in Prefect that tells of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("escalation", sa.Column("run_id", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("escalation", "run_id")
