"""Notifications, deliveries, webhook endpoints; addresses of persons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Json, Utc

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for address in ("email", "phone"):
        op.add_column("person", sa.Column(address, sa.String(), nullable=True))
    op.create_table(
        "notification",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("dedupe", "recipient", "kind", "subject", "text")),
        sa.Column("channels", Json, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notification")),
        sa.UniqueConstraint("dedupe", "recipient", name=op.f("uq_notification_dedupe_recipient")),
    )
    op.create_index(op.f("ix_notification_recipient"), "notification", ["recipient"])
    op.create_table(
        "notification_recipient",
        sa.Column("notification_key", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("missing", Json, nullable=False),
        sa.Column("read", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_key"], ["notification.key"], name=op.f("fk_notification_recipient_notification_key")
        ),
        sa.PrimaryKeyConstraint("notification_key", "person_id", name=op.f("pk_notification_recipient")),
    )
    op.create_index(op.f("ix_notification_recipient_person_id"), "notification_recipient", ["person_id"])
    op.create_table(
        "webhook_endpoint",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("event_types", Json, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created", Utc(), nullable=False),
        sa.Column("deleted", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_webhook_endpoint")),
    )
    op.create_table(
        "delivery",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("notification_key", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("endpoint_key", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("address", "dedupe", "state")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("attempts", "retries")),
        sa.Column("next_at", Utc(), nullable=True),
        sa.Column("claimed_until", Utc(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created", Utc(), nullable=False),
        sa.Column("sent", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["notification_key"], ["notification.key"], name=op.f("fk_delivery_notification_key")),
        sa.ForeignKeyConstraint(["endpoint_key"], ["webhook_endpoint.key"], name=op.f("fk_delivery_endpoint_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_delivery")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_delivery_dedupe")),
    )
    due = sa.text("next_at IS NOT NULL")
    op.create_index("ix_delivery_due", "delivery", ["next_at"], sqlite_where=due, postgresql_where=due)
    op.create_index(op.f("ix_delivery_notification_key"), "delivery", ["notification_key"])
    op.create_index(op.f("ix_delivery_state"), "delivery", ["state"])


def downgrade() -> None:
    for table in ("delivery", "webhook_endpoint", "notification_recipient", "notification"):
        op.drop_table(table)
    for address in ("email", "phone"):
        op.drop_column("person", address)
