"""Invitations to rate what was done, and the answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Utc

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rating",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("case_key", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("invited", Utc(), nullable=False),
        sa.Column("expires", Utc(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("rated", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["case_key"], ["case.key"], name=op.f("fk_rating_case_key_case")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_rating")),
        sa.UniqueConstraint("case_key", "round", name=op.f("uq_rating_case_key_round")),
    )


def downgrade() -> None:
    op.drop_table("rating")
