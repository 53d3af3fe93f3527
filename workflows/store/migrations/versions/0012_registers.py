"""Registers of entries, violations and evidence."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Utc

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CURRENT = sa.text("superseded IS NULL")
HELD = sa.text("until IS NULL")
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _schemas()
    _entries()
    _aliases()
    _violations()
    _evidence()


def _schemas() -> None:
    op.create_table(
        "register_schema",
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("resource_name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_key"], ["deployment.key"], name=op.f("fk_register_schema_deployment_key_deployment")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_register_schema")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_register_schema_name_version")),
    )
    op.create_index(op.f("ix_register_schema_deployment_key"), "register_schema", ["deployment_key"])


def _entries() -> None:
    op.create_table(
        "register_entry",
        sa.Column("id", ROW_NUMBER, sa.Identity(), nullable=False),
        sa.Column("register", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("valid_from", Utc(), nullable=True),
        sa.Column("valid_to", Utc(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        *(sa.Column(side, sa.Float(), nullable=True) for side in ("west", "east", "south", "north")),
        sa.Column("recorded", Utc(), nullable=False),
        sa.Column("superseded", Utc(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("merged_into", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_entry")),
        sa.UniqueConstraint("register", "key", "version", name=op.f("uq_register_entry_register_key_version")),
    )
    partly: dict[str, Any] = {"sqlite_where": CURRENT, "postgresql_where": CURRENT}
    op.create_index("ix_register_entry_current", "register_entry", ["register", "key"], unique=True, **partly)
    op.create_index("ix_register_entry_place", "register_entry", ["register", "west", "east"], **partly)
    op.create_index(op.f("ix_register_entry_register_merged_into"), "register_entry", ["register", "merged_into"])


def _aliases() -> None:
    op.create_table(
        "register_alias",
        sa.Column("id", ROW_NUMBER, sa.Identity(), nullable=False),
        sa.Column("register", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("entry_key", sa.String(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_alias")),
    )
    named = ["register", "kind", "value"]
    op.create_index(op.f("ix_register_alias_register_kind_value"), "register_alias", named)
    op.create_index(op.f("ix_register_alias_register_entry_key"), "register_alias", ["register", "entry_key"])
    op.create_index(
        "uq_register_alias_current", "register_alias", named, unique=True, sqlite_where=HELD, postgresql_where=HELD
    )


def _violations() -> None:
    op.create_table(
        "violation",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("case_key", sa.BigInteger(), nullable=True),
        sa.Column("party", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("matter", sa.String(), nullable=False),
        sa.Column("law", sa.String(), nullable=True),
        sa.Column("bureau", sa.String(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("grid", sa.String(), nullable=True),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("act_at", Utc(), nullable=False),
        sa.Column("act_end", Utc(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("decided", Utc(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("annulled", Utc(), nullable=True),
        sa.Column("annulled_by", sa.String(), nullable=True),
        sa.Column("annulled_why", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_key"], ["case.key"], name=op.f("fk_violation_case_key_case")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_violation")),
    )
    op.create_index(op.f("ix_violation_party_act_at"), "violation", ["party", "act_at"])
    for column in ("process_instance_key", "case_key"):
        op.create_index(op.f(f"ix_violation_{column}"), "violation", [column])


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_key", sa.BigInteger(), nullable=True),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=True),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("kind", "title", "hash", "source_hash", "media_type")
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("taken", Utc(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("doubts", sa.JSON(), nullable=False),
        sa.Column("electronic", sa.Boolean(), nullable=False),
        sa.Column("uploaded", Utc(), nullable=False),
        sa.Column("uploaded_by", sa.String(), nullable=False),
        sa.Column("audited", Utc(), nullable=True),
        sa.Column("audited_by", sa.String(), nullable=True),
        sa.Column("audit", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("judged", Utc(), nullable=True),
        sa.Column("judged_by", sa.String(), nullable=True),
        sa.Column("judged_why", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_key"], ["case.key"], name=op.f("fk_evidence_case_key_case")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_evidence")),
    )
    for column in ("case_key", "process_instance_key", "source_hash"):
        op.create_index(op.f(f"ix_evidence_{column}"), "evidence", [column])


def downgrade() -> None:
    for table in ("evidence", "violation", "register_alias", "register_entry", "register_schema"):
        op.drop_table(table)
