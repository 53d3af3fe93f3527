"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Json, Utc

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915
    op.create_table(
        "api_client",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("created", Utc(), nullable=False),
        sa.Column("expires", Utc(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client")),
    )
    op.create_table(
        "case",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("query_code", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("class_code", sa.String(), nullable=False),
        sa.Column("condition_code", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("place_kind", sa.String(), nullable=False),
        sa.Column("origin_level", sa.String(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("contact", sa.Boolean(), nullable=False),
        sa.Column("photos", sa.Integer(), nullable=False),
        sa.Column("community", sa.String(), nullable=True),
        sa.Column("grid", sa.String(), nullable=True),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("handler_group", sa.String(), nullable=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reported", Utc(), nullable=False),
        sa.Column("filed", Utc(), nullable=True),
        sa.Column("ended", Utc(), nullable=True),
        sa.Column("refusal_code", sa.String(), nullable=True),
        sa.Column("refusal_reason", sa.String(), nullable=True),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("on_time", sa.Boolean(), nullable=True),
        sa.Column("reworks", sa.Integer(), nullable=True),
        sa.Column("satisfaction", sa.String(), nullable=True),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["merged_into"], ["case.key"], name=op.f("fk_case_merged_into")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_case")),
        sa.UniqueConstraint("number", name=op.f("uq_case_number")),
        sa.UniqueConstraint("query_code", name=op.f("uq_case_query_code")),
    )
    op.create_index(op.f("ix_case_grid_reported"), "case", ["grid", "reported"], unique=False)
    op.create_index(op.f("ix_case_merged_into"), "case", ["merged_into"], unique=False)
    op.create_index(
        "ix_case_open_class",
        "case",
        ["class_code", "lat"],
        unique=False,
        sqlite_where=sa.text("ended IS NULL"),
        postgresql_where=sa.text("ended IS NULL"),
    )
    op.create_index(op.f("ix_case_state_reported"), "case", ["state", "reported"], unique=False)
    op.create_table(
        "case_number",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_case_number")),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pinned_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_table(
        "decision_evaluation",
        sa.Column(
            "key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("decision_definition_key", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("decision_name", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("inputs", Json, nullable=False),
        sa.Column("matched", Json, nullable=False),
        sa.Column("output", Json, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_decision_evaluation")),
    )
    op.create_index(
        op.f("ix_decision_evaluation_process_instance_key"),
        "decision_evaluation",
        ["process_instance_key"],
        unique=False,
    )
    op.create_table(
        "deployment",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_deployment")),
    )
    op.create_table(
        "event",
        sa.Column(
            "key", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_event")),
        sa.UniqueConstraint("process_instance_key", "seq", name=op.f("uq_event_process_instance_key_seq")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("response", sa.LargeBinary(), nullable=False),
        sa.Column("created", Utc(), nullable=False),
        sa.Column("expires", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index(op.f("ix_idempotency_key_expires"), "idempotency_key", ["expires"], unique=False)
    op.create_table(
        "key_sequence",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_sequence")),
    )
    op.create_table(
        "message",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("variables", Json, nullable=False),
        sa.Column("correlated", Json, nullable=False),
        sa.Column("published", Utc(), nullable=False),
        sa.Column("expires", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "name", "correlation_key", "message_id", name=op.f("uq_message_name_correlation_key_message_id")
        ),
    )
    op.create_index(op.f("ix_message_expires"), "message", ["expires"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("boundary", Json, nullable=True),
        sa.Column("west", sa.Float(), nullable=True),
        sa.Column("south", sa.Float(), nullable=True),
        sa.Column("east", sa.Float(), nullable=True),
        sa.Column("north", sa.Float(), nullable=True),
        sa.Column("details", Json, nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
    )
    op.create_index(op.f("ix_unit_parent_id"), "unit", ["parent_id"], unique=False)
    op.create_index(op.f("ix_unit_west_east"), "unit", ["west", "east"], unique=False)
    op.create_table(
        "case_step",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("case_key", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["case.key"], name=op.f("fk_case_step_case_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
    )
    op.create_index(op.f("ix_case_step_case_key"), "case_step", ["case_key"], unique=False)
    op.create_table(
        "decision_definition",
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("requirements_key", sa.BigInteger(), nullable=False),
        sa.Column("requirements_id", sa.String(), nullable=False),
        sa.Column("requirements_name", sa.String(), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("resource_name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_key"], ["deployment.key"], name=op.f("fk_decision_definition_deployment_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_decision_definition")),
        sa.UniqueConstraint("decision_id", "version", name=op.f("uq_decision_definition_decision_id_version")),
    )
    op.create_index(
        op.f("ix_decision_definition_deployment_key"), "decision_definition", ["deployment_key"], unique=False
    )
    op.create_table(
        "form",
        sa.Column("form_id", sa.String(), nullable=False),
        sa.Column("schema", Json, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("resource_name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["deployment_key"], ["deployment.key"], name=op.f("fk_form_deployment_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_form")),
        sa.UniqueConstraint("form_id", "version", name=op.f("uq_form_form_id_version")),
    )
    op.create_index(op.f("ix_form_deployment_key"), "form", ["deployment_key"], unique=False)
    op.create_table(
        "notice",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("case_key", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["case.key"], name=op.f("fk_notice_case_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_case_key"), "notice", ["case_key"], unique=False)
    op.create_table(
        "photo",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("case_key", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("stored", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["case_key"], ["case.key"], name=op.f("fk_photo_case_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("case_key", "stage", "hash", name=op.f("uq_photo_case_key_stage_hash")),
    )
    op.create_table(
        "process_definition",
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("version_tag", sa.String(), nullable=True),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("resource_name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deployment_key"], ["deployment.key"], name=op.f("fk_process_definition_deployment_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_process_definition")),
        sa.UniqueConstraint("process_id", "version", name=op.f("uq_process_definition_process_id_version")),
    )
    op.create_index(
        op.f("ix_process_definition_deployment_key"), "process_definition", ["deployment_key"], unique=False
    )
    op.create_table(
        "register",
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deployment_key", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("resource_name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["deployment_key"], ["deployment.key"], name=op.f("fk_register_deployment_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_register")),
        sa.UniqueConstraint("pack", "name", "version", name=op.f("uq_register_pack_name_version")),
    )
    op.create_index(op.f("ix_register_deployment_key"), "register", ["deployment_key"], unique=False)
    op.create_table(
        "report",
        sa.Column("case_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reporter_name", sa.String(), nullable=True),
        sa.Column("reporter_phone", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_key"], ["case.key"], name=op.f("fk_report_case_key")),
        sa.PrimaryKeyConstraint("case_key", name=op.f("pk_report")),
    )
    op.create_table(
        "seat",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(always=False), nullable=False
        ),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("deputy_id", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name=op.f("fk_seat_deputy_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_seat_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_seat_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
    )
    op.create_index(op.f("ix_seat_deputy_id"), "seat", ["deputy_id"], unique=False)
    op.create_index(op.f("ix_seat_person_id"), "seat", ["person_id"], unique=False)
    op.create_index(op.f("ix_seat_unit_id_role"), "seat", ["unit_id", "role"], unique=False)
    op.create_table(
        "process_instance",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_definition_key", sa.BigInteger(), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("root_process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("parent_process_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("parent_element_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.String(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("correlation_key", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("started", Utc(), nullable=False),
        sa.Column("ended", Utc(), nullable=True),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_definition_key"],
            ["process_definition.key"],
            name=op.f("fk_process_instance_process_definition_key"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_process_instance")),
    )
    op.create_index(
        "ix_process_instance_active",
        "process_instance",
        ["process_definition_key"],
        unique=False,
        sqlite_where=sa.text("state = 'ACTIVE'"),
        postgresql_where=sa.text("state = 'ACTIVE'"),
    )
    op.create_index(
        "ix_process_instance_business",
        "process_instance",
        ["business_id"],
        unique=False,
        sqlite_where=sa.text("business_id IS NOT NULL"),
        postgresql_where=sa.text("business_id IS NOT NULL"),
    )
    op.create_index(
        "ix_process_instance_called",
        "process_instance",
        ["parent_element_instance_key"],
        unique=False,
        sqlite_where=sa.text("parent_element_instance_key IS NOT NULL"),
        postgresql_where=sa.text("parent_element_instance_key IS NOT NULL"),
    )
    op.create_index(
        "ix_process_instance_case",
        "process_instance",
        ["case_id"],
        unique=False,
        sqlite_where=sa.text("case_id IS NOT NULL"),
        postgresql_where=sa.text("case_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_process_instance_started"), "process_instance", ["started"], unique=False)
    op.create_index(
        "uq_process_instance_started_by",
        "process_instance",
        ["process_id", "correlation_key"],
        unique=True,
        sqlite_where=sa.text("state = 'ACTIVE' AND correlation_key IS NOT NULL"),
        postgresql_where=sa.text("state = 'ACTIVE' AND correlation_key IS NOT NULL"),
    )
    op.create_table(
        "deadline",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("started", Utc(), nullable=False),
        sa.Column("due", Utc(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("rungs", Json, nullable=False),
        sa.Column("next_level", sa.Integer(), nullable=True),
        sa.Column("next_at", Utc(), nullable=True),
        sa.Column("claimed_until", Utc(), nullable=True),
        sa.Column("ended", Utc(), nullable=True),
        sa.Column("met", sa.Boolean(), nullable=True),
        sa.Column("used", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["process_instance_key"], ["process_instance.key"], name=op.f("fk_deadline_process_instance_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_deadline")),
    )
    op.create_index(
        "ix_deadline_armed",
        "deadline",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_deadline_process_instance_key"), "deadline", ["process_instance_key"], unique=False)
    op.create_table(
        "element_instance",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("scope_key", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("element_name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started", Utc(), nullable=False),
        sa.Column("ended", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["process_instance_key"], ["process_instance.key"], name=op.f("fk_element_instance_process_instance_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_element_instance")),
    )
    op.create_index(
        op.f("ix_element_instance_process_instance_key"), "element_instance", ["process_instance_key"], unique=False
    )
    op.create_table(
        "incident",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("element_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("error_type", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created", Utc(), nullable=False),
        sa.Column("ended", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["process_instance_key"], ["process_instance.key"], name=op.f("fk_incident_process_instance_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_incident")),
    )
    op.create_index(
        "ix_incident_open",
        "incident",
        ["created"],
        unique=False,
        sqlite_where=sa.text("state = 'ACTIVE'"),
        postgresql_where=sa.text("state = 'ACTIVE'"),
    )
    op.create_index(op.f("ix_incident_process_instance_key"), "incident", ["process_instance_key"], unique=False)
    op.create_table(
        "job",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("headers", Json, nullable=False),
        sa.Column("available_at", Utc(), nullable=False),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("created", Utc(), nullable=False),
        sa.Column("ended", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["process_instance_key"], ["process_instance.key"], name=op.f("fk_job_process_instance_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_job")),
    )
    op.create_index(op.f("ix_job_process_instance_key"), "job", ["process_instance_key"], unique=False)
    op.create_index(
        "ix_job_wanted",
        "job",
        ["type", "available_at"],
        unique=False,
        sqlite_where=sa.text("state = 'CREATED' AND retries > 0"),
        postgresql_where=sa.text("state = 'CREATED' AND retries > 0"),
    )
    op.create_table(
        "message_subscription",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("process_definition_key", sa.BigInteger(), nullable=True),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("correlation_key", sa.String(), nullable=True),
        sa.Column("created", Utc(), nullable=False),
        sa.CheckConstraint(
            "(process_instance_key IS NULL) <> (process_definition_key IS NULL)",
            name=op.f("ck_message_subscription_one_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["process_definition_key"],
            ["process_definition.key"],
            name=op.f("fk_message_subscription_process_definition_key"),
        ),
        sa.ForeignKeyConstraint(
            ["process_instance_key"],
            ["process_instance.key"],
            name=op.f("fk_message_subscription_process_instance_key"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_message_subscription")),
    )
    op.create_index(
        op.f("ix_message_subscription_name_correlation_key"),
        "message_subscription",
        ["name", "correlation_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_message_subscription_process_instance_key"),
        "message_subscription",
        ["process_instance_key"],
        unique=False,
    )
    op.create_table(
        "timer",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=True),
        sa.Column("process_definition_key", sa.BigInteger(), nullable=True),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("due", Utc(), nullable=False),
        sa.Column("repetitions", sa.Integer(), nullable=True),
        sa.Column("claimed_until", Utc(), nullable=True),
        sa.CheckConstraint(
            "(process_instance_key IS NULL) <> (process_definition_key IS NULL)", name=op.f("ck_timer_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["process_definition_key"], ["process_definition.key"], name=op.f("fk_timer_process_definition_key")
        ),
        sa.ForeignKeyConstraint(
            ["process_instance_key"], ["process_instance.key"], name=op.f("fk_timer_process_instance_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_timer")),
    )
    op.create_index(op.f("ix_timer_due"), "timer", ["due"], unique=False)
    op.create_index(op.f("ix_timer_process_instance_key"), "timer", ["process_instance_key"], unique=False)
    op.create_table(
        "user_task",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("element_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("candidate_groups", Json, nullable=False),
        sa.Column("candidate_users", Json, nullable=False),
        sa.Column("due_date", Utc(), nullable=True),
        sa.Column("follow_up_date", Utc(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.BigInteger(), nullable=True),
        sa.Column("properties", Json, nullable=False),
        sa.Column("created", Utc(), nullable=False),
        sa.Column("ended", Utc(), nullable=True),
        sa.Column("completed_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["form_key"], ["form.key"], name=op.f("fk_user_task_form_key")),
        sa.ForeignKeyConstraint(
            ["process_instance_key"], ["process_instance.key"], name=op.f("fk_user_task_process_instance_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_user_task")),
    )
    op.create_index(
        "ix_user_task_assigned",
        "user_task",
        ["assignee"],
        unique=False,
        sqlite_where=sa.text("state = 'CREATED'"),
        postgresql_where=sa.text("state = 'CREATED'"),
    )
    op.create_index(
        "ix_user_task_open",
        "user_task",
        ["created"],
        unique=False,
        sqlite_where=sa.text("state = 'CREATED'"),
        postgresql_where=sa.text("state = 'CREATED'"),
    )
    op.create_index(op.f("ix_user_task_process_instance_key"), "user_task", ["process_instance_key"], unique=False)
    op.create_table(
        "escalation",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("deadline_key", sa.BigInteger(), nullable=False),
        sa.Column("process_instance_key", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("fired", Utc(), nullable=False),
        sa.Column("announced", Utc(), nullable=True),
        sa.Column("claimed_until", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["deadline_key"], ["deadline.key"], name=op.f("fk_escalation_deadline_key")),
        sa.ForeignKeyConstraint(
            ["process_instance_key"], ["process_instance.key"], name=op.f("fk_escalation_process_instance_key")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_escalation")),
        sa.UniqueConstraint("deadline_key", "level", name=op.f("uq_escalation_deadline_key_level")),
    )
    op.create_index(op.f("ix_escalation_process_instance_key"), "escalation", ["process_instance_key"], unique=False)
    op.create_index(
        "ix_escalation_unannounced",
        "escalation",
        ["key"],
        unique=False,
        sqlite_where=sa.text("announced IS NULL"),
        postgresql_where=sa.text("announced IS NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE process_key")
    else:
        op.execute("INSERT INTO key_sequence (id, value) VALUES (1, 0)")
    op.execute("INSERT INTO clock (id) VALUES (1)")
