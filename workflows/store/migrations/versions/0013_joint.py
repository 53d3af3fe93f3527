"""Messages that an instance has thrown; joint operations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Json, Utc

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thrown_message",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String(), nullable=False),
        sa.Column("variables", Json, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("thrown", Utc(), nullable=False),
        sa.Column("claimed_until", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_thrown_message")),
    )
    counts = ("persons", "vehicles", "dissuasions", "notices", "registered", "contests", "reworks", "rebounds")
    op.create_table(
        "joint_operation",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("class_code", sa.String(), nullable=False),
        sa.Column("grid", sa.String(), nullable=True),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("lead", sa.String(), nullable=True),
        sa.Column("departments", Json, nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("started", Utc(), nullable=False),
        sa.Column("ended", Utc(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in counts),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_joint_operation")),
        sa.UniqueConstraint("number", name=op.f("uq_joint_operation_number")),
        sa.UniqueConstraint("process_instance_key", name=op.f("uq_joint_operation_process_instance_key")),
    )
    op.create_index(op.f("ix_joint_operation_started"), "joint_operation", ["started"])
    op.create_index(op.f("ix_joint_operation_grid_started"), "joint_operation", ["grid", "started"])
    op.create_table(
        "joint_operation_case",
        sa.Column("operation_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("joined", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operation_key"], ["joint_operation.key"], name=op.f("fk_joint_operation_case_operation_key")
        ),
        sa.ForeignKeyConstraint(["case_key"], ["case.key"], name=op.f("fk_joint_operation_case_case_key")),
        sa.PrimaryKeyConstraint("operation_key", "case_key", name=op.f("pk_joint_operation_case")),
    )
    op.create_index(op.f("ix_joint_operation_case_case_key"), "joint_operation_case", ["case_key"])


def downgrade() -> None:
    op.drop_table("joint_operation_case")
    op.drop_table("joint_operation")
    op.drop_table("thrown_message")
