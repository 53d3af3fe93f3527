"""Documents and their templates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Utc

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_template",
        sa.Column("template_id", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("resource_name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_key"], ["deployment.key"], name=op.f("fk_document_template_deployment_key_deployment")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_document_template")),
        sa.UniqueConstraint("template_id", "version", name=op.f("uq_document_template_template_id_version")),
    )
    op.create_index(op.f("ix_document_template_deployment_key"), "document_template", ["deployment_key"])
    op.create_table(
        "document",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("template_key", sa.BigInteger(), nullable=False),
        sa.Column("case_key", sa.BigInteger(), nullable=True),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("issued", Utc(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("withdrawn", Utc(), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_why", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["template_key"], ["document_template.key"], name=op.f("fk_document_template_key_document_template")
        ),
        sa.ForeignKeyConstraint(["case_key"], ["case.key"], name=op.f("fk_document_case_key_case")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_document")),
        sa.UniqueConstraint("number", name=op.f("uq_document_number")),
        sa.UniqueConstraint("series", "year", "ordinal", name=op.f("uq_document_series_year_ordinal")),
    )
    for column in ("case_key", "process_instance_key"):
        op.create_index(op.f(f"ix_document_{column}"), "document", [column])


def downgrade() -> None:
    for table in ("document", "document_template"):
        op.drop_table(table)
