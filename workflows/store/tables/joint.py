"""Joint operations (部门联合整治): who rectified what together, for which cases, and what came of it."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.store.base import Base, Moment, PrimaryKey


class JointOperation(Base):
    """One operation; the counts are those of its summary and empty until then."""

    __tablename__ = "joint_operation"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("process_instance_key"),
        Index(None, "started"),
        Index(None, "grid", "started"),
    )

    key: Mapped[PrimaryKey]
    number: Mapped[str]  # 联治〔2026〕3号
    process_instance_key: Mapped[int] = mapped_column(BigInteger)  # not there yet when it is written
    class_code: Mapped[str]
    grid: Mapped[str | None]
    area: Mapped[str | None]
    reason: Mapped[str]
    requested_by: Mapped[str]  # a group, e.g. area-lead@east
    lead: Mapped[str | None]  # a unit; None until it is convened
    departments: Mapped[list[str]]  # units that take part
    outcome: Mapped[str | None]  # solved, partly, unsolved, declined; None while it runs
    started: Mapped[Moment]
    ended: Mapped[Moment | None]
    persons: Mapped[int | None]  # on site, those of all departments and rounds
    vehicles: Mapped[int | None]
    dissuasions: Mapped[int | None]  # 劝导
    notices: Mapped[int | None]  # 责令改正通知书
    registered: Mapped[int | None]  # 先行登记保存
    contests: Mapped[int | None]  # how often a duty was contested
    reworks: Mapped[int | None]  # failed acceptances
    rebounds: Mapped[int | None]  # 反弹


class JointOperationCase(Base):
    """A case that an operation is for. Several cases may share one."""

    __tablename__ = "joint_operation_case"
    __table_args__ = (Index(None, "case_key"),)

    operation_key: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("joint_operation.key"), primary_key=True, autoincrement=False
    )
    case_key: Mapped[int] = mapped_column(BigInteger, ForeignKey("case.key"), primary_key=True, autoincrement=False)
    joined: Mapped[Moment]
