"""Publications of decisions: from when which version is in force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Utc
from workflows.store.tables.event import RowNumber

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decision_publication",
        sa.Column("id", RowNumber, sa.Identity(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("decision_definition_key", sa.BigInteger(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("recorded", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_definition_key"],
            ["decision_definition.key"],
            name=op.f("fk_decision_publication_decision_definition_key"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_publication")),
    )
    for columns in (["decision_id", "valid_from"], ["decision_definition_key"]):
        op.create_index(op.f(f"ix_decision_publication_{'_'.join(columns)}"), "decision_publication", columns)


def downgrade() -> None:
    op.drop_table("decision_publication")
