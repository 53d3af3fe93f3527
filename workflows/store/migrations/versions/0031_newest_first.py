"""Lists of cases by state and grid are read in their order, from an index."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

COLUMNS = ("state", "grid")


def upgrade() -> None:
    for column in COLUMNS:
        op.drop_index(op.f(f"ix_case_{column}_reported"), table_name="case")
        op.create_index(op.f(f"ix_case_{column}_number"), "case", [column, "number"])


def downgrade() -> None:
    for column in reversed(COLUMNS):
        op.drop_index(op.f(f"ix_case_{column}_number"), table_name="case")
        op.create_index(op.f(f"ix_case_{column}_reported"), "case", [column, "reported"])
