"""Supervision letters and the numbers of documents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Utc

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_number",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_document_number")),
    )
    op.create_table(
        "supervision_letter",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("escalation_key", sa.BigInteger(), nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reply_due", Utc(), nullable=False),
        sa.Column("issued", Utc(), nullable=False),
        sa.Column("replied", Utc(), nullable=True),
        sa.Column("replied_by", sa.String(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("reply", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("closed", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["escalation_key"], ["escalation.key"], name=op.f("fk_supervision_letter_escalation_key_escalation")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_supervision_letter")),
        sa.UniqueConstraint("escalation_key", name=op.f("uq_supervision_letter_escalation_key")),
        sa.UniqueConstraint("number", name=op.f("uq_supervision_letter_number")),
    )
    for column in ("process_instance_key", "subject"):
        op.create_index(op.f(f"ix_supervision_letter_{column}"), "supervision_letter", [column])


def downgrade() -> None:
    op.drop_table("supervision_letter")
    op.drop_table("document_number")
