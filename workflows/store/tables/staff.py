"""Who may sign in to the console, who has, what they have begun to fill in, and what they look for again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment, PrimaryKey


class StaffAccount(Base):
    """The sign-in of a person. The password is kept as an argon2id hash only."""

    __tablename__ = "staff_account"

    id: Mapped[str] = mapped_column(primary_key=True)  # the name that is typed in
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    roles: Mapped[list[str]]
    password_hash: Mapped[str]
    created: Mapped[Moment]
    disabled: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)  # since the last success
    locked_until: Mapped[Moment | None]


class StaffSession(Base):
    """One browser that is signed in. ``hash`` is the sha256 of the token in its cookie."""

    __tablename__ = "staff_session"

    hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("staff_account.id"), index=True)
    begun: Mapped[Moment]
    seen: Mapped[Moment]
    expires: Mapped[Moment] = mapped_column(index=True)


class TaskDraft(Base):
    """What someone has typed into the form of a task and not sent yet: texts by field, as they were typed."""

    __tablename__ = "task_draft"

    task_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_task.key"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    answers: Mapped[dict[str, Any]]
    saved: Mapped[Moment]


class SavedView(Base):
    """Filters of the list of cases under a name; ``shared`` shows them to all."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    key: Mapped[PrimaryKey]
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    query: Mapped[str]  # as it stands in the address
    shared: Mapped[bool]
    created: Mapped[Moment]
