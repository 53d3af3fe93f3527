"""Batch operations and their items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Json, Utc
from workflows.store.tables.event import RowNumber

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch_operation",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("created", Utc(), nullable=False),
        sa.Column("started", Utc(), nullable=True),
        sa.Column("ended", Utc(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("total", "completed", "failed", "skipped")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_batch_operation")),
    )
    running = sa.text("state IN ('CREATED', 'ACTIVE')")
    op.create_index(
        "ix_batch_operation_running", "batch_operation", ["key"], sqlite_where=running, postgresql_where=running
    )
    op.create_index(op.f("ix_batch_operation_created"), "batch_operation", ["created"])
    op.create_table(
        "batch_operation_item",
        sa.Column("key", RowNumber, sa.Identity(), nullable=False),
        sa.Column("batch_operation_key", sa.BigInteger(), nullable=False),
        sa.Column("item_key", sa.BigInteger(), nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("processed", Utc(), nullable=True),
        sa.Column("claimed_until", Utc(), nullable=True),
        *(
            sa.ForeignKeyConstraint([f"{of}_key"], [f"{of}.key"], name=op.f(f"fk_batch_operation_item_{of}_key"))
            for of in ("batch_operation", "process_instance")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_batch_operation_item")),
        sa.UniqueConstraint(
            "batch_operation_key", "item_key", name=op.f("uq_batch_operation_item_batch_operation_key_item_key")
        ),
    )
    still_open = sa.text("state = 'ACTIVE'")
    op.create_index(
        "ix_batch_operation_item_open",
        "batch_operation_item",
        ["batch_operation_key", "key"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_index(
        op.f("ix_batch_operation_item_batch_operation_key_state"),
        "batch_operation_item",
        ["batch_operation_key", "state"],
    )
    op.create_index(
        op.f("ix_batch_operation_item_process_instance_key"), "batch_operation_item", ["process_instance_key"]
    )


def downgrade() -> None:
    op.drop_table("batch_operation_item")
    op.drop_table("batch_operation")
