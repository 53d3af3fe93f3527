"""Who may call, and what was already answered."""

from __future__ import annotations

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment


class ApiClient(Base):
    """A program that may call the API. Its secret is kept as a hash only."""

    __tablename__ = "api_client"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret_hash: Mapped[str]
    roles: Mapped[list[str]]
    created: Mapped[Moment]
    expires: Mapped[Moment | None]
    disabled: Mapped[bool] = mapped_column(default=False)


class IdempotencyKey(Base):
    """The answer to a request that may be sent again; ``request_hash`` tells a repetition from a reuse."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index(None, "expires"),)

    scope: Mapped[str] = mapped_column(primary_key=True)  # who asked for what, e.g. client and route
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    status: Mapped[int]
    response: Mapped[bytes] = mapped_column(LargeBinary)
    created: Mapped[Moment]
    expires: Mapped[Moment]
