"""Clocks: pauses, extensions, milestones, holders and lights of deadlines; what a rung asks; the duty roster."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Json, Utc
from workflows.store.tables.event import RowNumber

if TYPE_CHECKING:
    from collections.abc import Callable

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

YELLOW = Decimal("0.7")
NEW: dict[str, dict[str, Any]] = {
    "deadline": {
        "milestone": sa.String(),
        "holder": sa.String(),
        "legal": sa.Boolean(),
        "pauses": Json,
        "paused_since": Utc(),
        "suspended_until": Utc(),
        "suspensions": sa.Integer(),
        "extensions": sa.Integer(),
        "carried": sa.String(),
        "continues": sa.BigInteger(),
        "yellow_at": Utc(),
        "purple_at": Utc(),
        "fired_level": sa.Integer(),
        "exempted": Utc(),
    },
    "escalation": {
        "vacant": sa.Boolean(),
        "channels": Json,
        "powers": Json,
        "reply_due": Utc(),
        "supervision_key": sa.BigInteger(),
    },
}
# What is never null begins with this, for no table can be made anew that others refer to.
FIRST: dict[str, Any] = {
    "milestone": "", "legal": sa.false(), "pauses": "[]", "suspensions": "0", "extensions": "0", "carried": "0",
    "yellow_at": "1970-01-01 00:00:00.000000", "purple_at": "1970-01-01 00:00:00.000000", "vacant": sa.false(),
    "channels": "[]", "powers": "[]",
}  # fmt: skip
INDEXES = {
    "ix_deadline_open": (["due", "yellow_at", "purple_at", "paused_since"], "ended IS NULL"),
    "ix_deadline_lights": (
        ["stage", "milestone", "holder", "due", "yellow_at", "purple_at", "paused_since"],
        "ended IS NULL",
    ),
    "ix_deadline_suspended": (["suspended_until"], "suspended_until IS NOT NULL"),
}


def upgrade() -> None:
    for table, columns in NEW.items():
        for name, kind in columns.items():
            first = FIRST.get(name)
            op.add_column(table, sa.Column(name, kind, nullable=first is None, server_default=first))
    highest = sa.text("SELECT deadline_key, max(level) FROM escalation GROUP BY deadline_key")
    fired = {key: level for key, level in op.get_bind().execute(highest)}  # noqa: C416 - it is no mapping
    _fill("deadline", lambda row: {"fired_level": fired.get(row.key), **_clock(row)})
    _fill("escalation", lambda row: {"vacant": False, "channels": _channels(row.channel), "powers": []})
    op.drop_column("deadline", "paused")
    op.drop_column("escalation", "channel")
    for name, (indexed, condition) in INDEXES.items():
        where = sa.text(condition)
        op.create_index(name, "deadline", indexed, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "duty",
        sa.Column("id", RowNumber, sa.Identity(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("unit_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("begins", Utc(), nullable=False),
        sa.Column("ends", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_duty_unit_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index(op.f("ix_duty_unit_id_role_begins"), "duty", ["unit_id", "role", "begins"])
    op.create_index(op.f("ix_duty_person_id"), "duty", ["person_id"])


def _fill(name: str, value: Callable[[Any], dict[str, Any]]) -> None:
    connection = op.get_bind()
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    for column, kind in NEW[name].items():
        table.c[column].type = sa.types.to_instance(kind)
    for moment in {"started", "due", "paused_since"} & set(table.c.keys()):
        table.c[moment].type = Utc()
    if "rungs" in table.c:
        table.c.rungs.type = Json
    for row in connection.execute(sa.select(table)).all():
        connection.execute(sa.update(table).where(table.c.key == row.key).values(value(row)))


def _clock(row: Any) -> dict[str, Any]:
    """What was paused so far counts as time given back; the lights are set by the calendar, not by working time."""
    return {
        "milestone": "",
        "legal": False,
        "pauses": [],
        "suspensions": 0,
        "extensions": 0,
        "carried": str(-Decimal(row.paused or 0)),
        "yellow_at": row.started + (row.due - row.started) * float(YELLOW),
        "purple_at": row.due + (row.due - row.started),
        "rungs": [_rung(rung) for rung in row.rungs],
    }


def _rung(rung: dict[str, Any]) -> dict[str, Any]:
    new = {"after": None, "channels": _channels(rung["channel"]), "reply": None, "powers": [], "process": None}
    return {name: value for name, value in rung.items() if name != "channel"} | new | {"message": None}


def _channels(text: str) -> list[str]:
    return [text] if text else []


def downgrade() -> None:
    op.drop_table("duty")
    for name in INDEXES:
        op.drop_index(name, table_name="deadline")
    op.add_column("deadline", sa.Column("paused", sa.String(), nullable=True))
    op.add_column("escalation", sa.Column("channel", sa.String(), nullable=False, server_default=""))
    for table, columns in NEW.items():
        for column in columns:
            op.drop_column(table, column)
