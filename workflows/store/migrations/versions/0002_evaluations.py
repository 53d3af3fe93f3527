"""Decision evaluations: a row for every decision of a graph, for those that failed, and for those without a process.

And the files that a decision file imports.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflows.store.base import Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW = (
    sa.Column("id", sa.String()),
    sa.Column("evaluation_key", sa.BigInteger()),
    sa.Column("root_decision_definition_key", sa.BigInteger()),
    sa.Column("version", sa.Integer()),
    sa.Column("kind", sa.String()),
    sa.Column("state", sa.String()),
    sa.Column("warnings", Json),
)
# Until now only the decision that was asked for was recorded, and only where it had a result. The element's key stands
# for the evaluation's: the keys of evaluations are drawn beside those of elements and never equal one. An element may
# have a rule and a ladder, so they are counted.
FILL = """
UPDATE decision_evaluation SET
    evaluation_key = element_instance_key,
    id = element_instance_key || '-' || (
        SELECT count(*) FROM decision_evaluation AS earlier
        WHERE earlier.process_instance_key = decision_evaluation.process_instance_key
            AND earlier.element_instance_key = decision_evaluation.element_instance_key
            AND earlier.key <= decision_evaluation.key),
    root_decision_definition_key = decision_definition_key,
    version = coalesce((
        SELECT version FROM decision_definition
        WHERE decision_definition.key = decision_evaluation.decision_definition_key), -1),
    kind = CASE WHEN CAST(inputs AS TEXT) = '[]' AND CAST(matched AS TEXT) = '[]'
        THEN 'LITERAL_EXPRESSION' ELSE 'DECISION_TABLE' END,
    state = 'EVALUATED',
    warnings = '[]'
"""


def upgrade() -> None:
    op.add_column("decision_evaluation", sa.Column("failure", sa.String(), nullable=True))
    for column in NEW:
        op.add_column("decision_evaluation", column)
    op.execute(FILL)
    with op.batch_alter_table("decision_evaluation") as table:
        for column in NEW:
            table.alter_column(column.name, existing_type=column.type, nullable=False)
        for name in ("process_instance_key", "element_instance_key"):
            table.alter_column(name, existing_type=sa.BigInteger(), nullable=True)
        table.alter_column(
            "output", existing_type=Json, type_=sa.Text(), existing_nullable=True, postgresql_using="output::text"
        )
        table.create_unique_constraint(op.f("uq_decision_evaluation_id"), ["id"])
    op.create_table(
        "decision_import",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "position", name=op.f("pk_decision_import")),
    )
    for name in ("evaluation_key", "state", "at"):
        op.create_index(op.f(f"ix_decision_evaluation_{name}"), "decision_evaluation", [name])
    op.create_index(op.f("ix_decision_definition_hash"), "decision_definition", ["hash"])
    op.create_index(op.f("ix_decision_definition_requirements_key"), "decision_definition", ["requirements_key"])
