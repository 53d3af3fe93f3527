"""Who has a part in a case is kept apart, so that what a unit may see is found by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

UNIT = {"sqlite": "substr({0}, instr({0}, '@'))", "postgresql": "substr({0}, strpos({0}, '@'))"}
NAMES = {"sqlite": "json_each({0}) AS one", "postgresql": "json_array_elements_text({0}) AS one(value)"}
OF_CASE = "i.case_id FROM {0} JOIN process_instance i ON i.key = {0}.process_instance_key"
OF_CLOCK, OF_TASK = OF_CASE.format("deadline"), OF_CASE.format("user_task")
#: What is known of the cases there are; compounds and buildings are known of those that come.
KNOWN = (
    "SELECT '@' || grid, key FROM \"case\" WHERE grid IS NOT NULL",
    "SELECT '@' || community, key FROM \"case\" WHERE community IS NOT NULL",
    "SELECT {handler}, key FROM \"case\" WHERE handler_group LIKE '%@%'",
    f"SELECT {{holder}}, {OF_CLOCK} WHERE i.case_id IS NOT NULL AND holder LIKE '%@%'",
    f"SELECT {{group}}, {OF_TASK} CROSS JOIN {{groups}} WHERE i.case_id IS NOT NULL AND one.value LIKE '%@%'",
    f"SELECT one.value, {OF_TASK} CROSS JOIN {{users}} WHERE i.case_id IS NOT NULL",
    f"SELECT assignee, {OF_TASK} WHERE i.case_id IS NOT NULL AND assignee IS NOT NULL",
    f"SELECT completed_by, {OF_TASK} WHERE i.case_id IS NOT NULL AND completed_by NOT LIKE '%:%'",
)


def upgrade() -> None:
    op.create_table(
        "case_involved",
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("case_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("who", "case_key", name=op.f("pk_case_involved")),
        sqlite_with_rowid=False,
    )
    filled = f"INSERT INTO case_involved (who, case_key) {known(op.get_bind().dialect.name)}"
    op.execute(sa.text(filled.replace(":", "\\:")))


def known(dialect: str) -> str:
    """Who has a part in which case, as the other tables tell."""
    names = {
        "handler": UNIT[dialect].format("handler_group"),
        "holder": UNIT[dialect].format("holder"),
        "group": UNIT[dialect].format("one.value"),
        "groups": NAMES[dialect].format("candidate_groups"),
        "users": NAMES[dialect].format("candidate_users"),
    }
    return " UNION ".join(part.format(**names) for part in KNOWN)


def downgrade() -> None:
    op.drop_table("case_involved")
