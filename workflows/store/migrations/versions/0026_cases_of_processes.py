"""Which processes handle a case is read from the index alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

NAME, OF_CASES = "ix_process_instance_case", "case_id IS NOT NULL"


def upgrade() -> None:
    _index("case_id", "process_definition_key")


def downgrade() -> None:
    _index("case_id")


def _index(*columns: str) -> None:
    where = sa.text(OF_CASES)
    op.drop_index(NAME, table_name="process_instance")
    op.create_index(NAME, "process_instance", [*columns], sqlite_where=where, postgresql_where=where)
