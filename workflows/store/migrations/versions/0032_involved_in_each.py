"""Who is involved in a case is looked up from the case as well."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

NAME = op.f("ix_case_involved_case_key_who")


def upgrade() -> None:
    op.create_index(NAME, "case_involved", ["case_key", "who"])


def downgrade() -> None:
    op.drop_index(NAME, table_name="case_involved")
