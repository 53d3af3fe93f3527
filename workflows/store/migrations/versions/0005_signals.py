"""Signals: subscriptions and deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Json, Utc
from workflows.store.tables.event import RowNumber

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signal_subscription",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("process_definition_key", sa.BigInteger(), nullable=True),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created", Utc(), nullable=False),
        sa.CheckConstraint(
            "(process_instance_key IS NULL) <> (process_definition_key IS NULL)",
            name=op.f("ck_signal_subscription_one_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["process_instance_key"],
            ["process_instance.key"],
            name=op.f("fk_signal_subscription_process_instance_key"),
        ),
        sa.ForeignKeyConstraint(
            ["process_definition_key"],
            ["process_definition.key"],
            name=op.f("fk_signal_subscription_process_definition_key"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_signal_subscription")),
    )
    for name in ("name", "process_instance_key"):
        op.create_index(op.f(f"ix_signal_subscription_{name}"), "signal_subscription", [name])
    op.create_table(
        "signal_delivery",
        sa.Column("key", RowNumber, sa.Identity(), nullable=False),
        sa.Column("subscription_key", sa.BigInteger(), nullable=False),
        sa.Column("process_definition_key", sa.BigInteger(), nullable=True),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("signal_key", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("variables", Json, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("thrown", Utc(), nullable=False),
        sa.Column("claimed_until", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_signal_delivery")),
    )
    op.create_index(op.f("ix_signal_delivery_subscription_key"), "signal_delivery", ["subscription_key"])


def downgrade() -> None:
    op.drop_table("signal_delivery")
    op.drop_table("signal_subscription")
