"""Holiday notices as the State Council announces them year by year."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Json, Utc

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holiday_notice",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("holidays", Json, nullable=False),
        sa.Column("workdays", Json, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("earlier", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("counts", Json, nullable=False),
        sa.Column("span", Json, nullable=False),
        sa.Column("recounted_to", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_holiday_notice")),
        sa.UniqueConstraint("year", "version", name=op.f("uq_holiday_notice_year_version")),
    )
    recounting = sa.text("recounted_to IS NOT NULL")
    op.create_index(
        "ix_holiday_notice_recounting", "holiday_notice", ["key"],
        sqlite_where=recounting, postgresql_where=recounting,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("holiday_notice")
