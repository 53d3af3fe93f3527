"""Work for people."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment, PrimaryKey, partial_index


class UserTask(Base):
    """One task; its key is the key of its element instance."""

    __tablename__ = "user_task"
    __table_args__ = (
        partial_index("ix_user_task_open", "created", where="state = 'CREATED'"),
        partial_index("ix_user_task_assigned", "assignee", where="state = 'CREATED'"),
        Index(None, "process_instance_key"),
    )

    key: Mapped[PrimaryKey]
    process_instance_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("process_instance.key"))
    element_id: Mapped[str]
    name: Mapped[str]
    state: Mapped[str]  # CREATED, COMPLETED, CANCELED
    assignee: Mapped[str | None]
    candidate_groups: Mapped[list[str]]
    candidate_users: Mapped[list[str]]
    due_date: Mapped[Moment | None]
    follow_up_date: Mapped[Moment | None]
    priority: Mapped[int]
    form_key: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("form.key"))  # the version when it was created
    properties: Mapped[dict[str, Any]]
    created: Mapped[Moment]
    ended: Mapped[Moment | None]
    completed_by: Mapped[str | None]
