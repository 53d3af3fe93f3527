"""Items of large multi-instances apart from the snapshots of their instances."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "instance_part",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("body_key", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_instance_key"], ["process_instance.key"], name=op.f("fk_instance_part_process_instance_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_instance_part")),
    )
    for name in ("body_key", "process_instance_key"):
        op.create_index(op.f(f"ix_instance_part_{name}"), "instance_part", [name])
    op.create_table(
        "instance_part_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part_key", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_instance_part_key")),
    )
    op.create_index(op.f("ix_instance_part_key_part_key"), "instance_part_key", ["part_key"])


def downgrade() -> None:
    op.drop_table("instance_part_key")
    op.drop_table("instance_part")
