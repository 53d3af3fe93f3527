"""Running and finished process instances and the elements they went through."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Key, Moment, PrimaryKey, partial_index


class ProcessInstance(Base):
    """One run of a process. ``snapshot`` is the whole execution: tokens and variables, never the definition."""

    __tablename__ = "process_instance"
    __table_args__ = (
        partial_index("ix_process_instance_active", "process_definition_key", where="state = 'ACTIVE'"),
        # How many run of each version, and which of them ended last.
        partial_index("ix_process_instance_open", "process_definition_key", where="ended IS NULL"),
        partial_index("ix_process_instance_completed", "process_definition_key", "ended", where="state = 'COMPLETED'"),
        # Camunda 8: a message with a correlation key starts no second instance while the first is open.
        partial_index(
            "uq_process_instance_started_by",
            "process_id",
            "correlation_key",
            where="ended IS NULL AND correlation_key IS NOT NULL",
            unique=True,
        ),
        partial_index("ix_process_instance_case", "case_id", "process_definition_key", where="case_id IS NOT NULL"),
        partial_index("ix_process_instance_business", "business_id", where="business_id IS NOT NULL"),
        partial_index(
            "ix_process_instance_called", "parent_element_instance_key", where="parent_element_instance_key IS NOT NULL"
        ),
        partial_index("ix_process_instance_tree", "root_process_instance_key", where="ended IS NULL AND depth > 0"),
        Index(None, "started"),
    )

    key: Mapped[PrimaryKey]
    process_definition_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("process_definition.key"))
    process_id: Mapped[str]
    root_process_instance_key: Mapped[Key]  # its own key when nobody called it
    parent_process_instance_key: Mapped[int | None] = mapped_column(BigInteger)
    parent_element_instance_key: Mapped[int | None] = mapped_column(BigInteger)
    depth: Mapped[int]  # how many instances called each other to come here
    business_id: Mapped[str | None]
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    correlation_key: Mapped[str | None]  # of the message that started it
    state: Mapped[str]  # ACTIVE, SUSPENDED, COMPLETED, TERMINATED
    suspended: Mapped[Moment | None]  # since when, while it is
    revision: Mapped[int]  # how many commands it has seen: the number of its last event
    hash: Mapped[str]  # of its last event
    started: Mapped[Moment]
    ended: Mapped[Moment | None]
    snapshot: Mapped[bytes] = mapped_column(LargeBinary)


class ElementInstance(Base):
    """One visit of one element: the path an instance took."""

    __tablename__ = "element_instance"
    __table_args__ = (
        Index(None, "process_instance_key"),
        # Where tokens stand: read from it alone.
        partial_index("ix_element_instance_active", "process_instance_key", "element_id", where="state = 'ACTIVE'"),
    )

    key: Mapped[PrimaryKey]
    process_instance_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("process_instance.key"))
    scope_key: Mapped[Key]
    element_id: Mapped[str]
    element_name: Mapped[str]
    type: Mapped[str]
    state: Mapped[str]  # ACTIVE, COMPLETED, TERMINATED
    started: Mapped[Moment]
    ended: Mapped[Moment | None]


class InstancePart(Base):
    """One waiting item of a large multi-instance, kept apart from the snapshot; ``key`` is the element instance's."""

    __tablename__ = "instance_part"
    __table_args__ = (Index(None, "body_key"), Index(None, "process_instance_key"))

    key: Mapped[PrimaryKey]
    process_instance_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("process_instance.key"))
    body_key: Mapped[Key]
    state: Mapped[bytes] = mapped_column(LargeBinary)


class InstancePartKey(Base):
    """In which part an element instance or subscription is, where it is not the item itself."""

    __tablename__ = "instance_part_key"
    __table_args__ = (Index(None, "part_key"),)

    key: Mapped[PrimaryKey]
    part_key: Mapped[Key]
