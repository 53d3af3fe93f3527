"""What was published: from when until when a version of a decision is in force (行政处罚法第五条、第三十四条)."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Day, Moment
from workflows.store.tables.event import RowNumber


class DecisionPublication(Base):
    """One version of a decision that was made public. It holds until the next one does, or until ``valid_to``."""

    __tablename__ = "decision_publication"
    __table_args__ = (Index(None, "decision_id", "valid_from"), Index(None, "decision_definition_key"))

    id: Mapped[int] = mapped_column(RowNumber, Identity(), primary_key=True)
    decision_id: Mapped[str]
    decision_definition_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("decision_definition.key"))
    published_on: Mapped[Day]  # nothing before that day can be judged by it
    valid_from: Mapped[Day]
    valid_to: Mapped[Day | None]  # the last day
    reference: Mapped[str | None]  # the number of the document or the gazette
    process_instance_key: Mapped[int | None] = mapped_column(BigInteger)  # that published it
    actor: Mapped[str]
    recorded: Mapped[Moment]
