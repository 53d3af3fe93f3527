"""Indicators of a period (综合评价): what came in, what was to be closed in it, what was closed, in time, after rework.

Every case counts in one period: that in which its handling was due. Numerators are parts of their denominators.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Integer, and_, cast, func, select

from workflows.governance.cases import State
from workflows.governance.evaluation import HANDLING
from workflows.store.tables import Case, Deadline, ProcessInstance, UserTask

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

SMALL = 10  # below that a rate says little
GONE = (State.REFUSED.value, State.MERGED.value, State.VOIDED.value)
SATISFIED = ("满意", "基本满意")
ANSWERS = (*SATISFIED, "不满意")  # who was not reached has no place in the denominator


class Rate(NamedTuple):
    """A part of a whole, in per cent with two digits; — of nothing, ※ of fewer than ten."""

    part: int
    whole: int

    def __str__(self) -> str:
        if not self.whole:
            return "—"
        return f"{100 * self.part / self.whole:.2f}%{'※' if self.whole < SMALL else ''}"


@dataclass(slots=True)
class CaseFigures:
    """Cases of a period."""

    reported: int = 0  # 受理: reported in the period
    filed: int = 0  # 立案: of these
    merged: int = 0  # 并案: of these, repetitions of an open case
    due: int = 0  # 应结案: filed, handling due in the period; without those exempted, voided or merged
    closed: int = 0  # 结案: of these
    in_time: int = 0  # 按期结案: of these, no handling clock overrun
    reworked: int = 0  # 返工: of those closed
    answered: int = 0  # of those closed, whose reporter said how satisfied they are
    satisfied: int = 0
    exempted: int = 0  # 申诉成立: due in the period and not counted

    @property
    def rates(self) -> dict[str, Rate]:
        """By name, with the right denominators."""
        return {
            "立案率": Rate(self.filed, self.reported),
            "重复率": Rate(self.merged, self.reported),
            "结案率": Rate(self.closed, self.due),
            "按期结案率": Rate(self.in_time, self.due),
            "返工率": Rate(self.reworked, self.closed),
            "满意率": Rate(self.satisfied, self.answered),
        }


@dataclass(slots=True)
class HandlingFigures:
    """Handling clocks of a department in a period. A clock that another goes on with counts as that other."""

    received: int = 0  # 接收: begun in the period
    due: int = 0  # 应处置: due in the period
    done: int = 0  # 处置: of these
    in_time: int = 0  # 按期处置: of these
    exempted: int = 0  # 申诉成立: due in the period and not counted

    @property
    def late_done(self) -> int:
        """超时处置"""
        return self.done - self.in_time

    @property
    def late_open(self) -> int:
        """超时未处置"""
        return self.due - self.done

    @property
    def rates(self) -> dict[str, Rate]:
        """By name, with the right denominators."""
        return {"处置率": Rate(self.done, self.due), "按期处置率": Rate(self.in_time, self.due)}


def by_area(session: Session, since: datetime, until: datetime) -> dict[str, CaseFigures]:
    """The figures of [since, until) as they stood at its end, by area (空: not in any), without a total."""
    figures: dict[str, CaseFigures] = defaultdict(CaseFigures)
    reported = select(Case.area, Case.state, Case.filed, Case.ended).where(
        Case.reported >= since, Case.reported < until
    )
    for row in session.execute(reported):
        of = figures[row.area or ""]
        of.reported += 1
        of.filed += _before(row.filed, until)
        of.merged += row.state == State.MERGED.value and _before(row.ended, until)
    for row in session.execute(_due(since, until)):
        if _before(row.ended, until) and row.state in GONE:
            continue
        of = figures[row.area or ""]
        if row.exempted:
            of.exempted += 1
            continue
        of.due += 1
        if _before(row.ended, until):
            of.closed += 1
            of.in_time += not row.late
            of.reworked += bool(row.reworks)
            of.answered += row.satisfaction in ANSWERS
            of.satisfied += row.satisfaction in SATISFIED
    return dict(figures)


def by_department(session: Session, since: datetime, until: datetime) -> dict[str, HandlingFigures]:
    """The handling clocks of [since, until) as they stood at its end, by the unit that has them (空: none is said)."""
    figures: dict[str, HandlingFigures] = defaultdict(HandlingFigures)
    clocks = (
        select(Deadline, UserTask.candidate_groups, Case.state, Case.ended.label("case_ended"))
        .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
        .join(Case, Case.key == ProcessInstance.case_id)
        .outerjoin(UserTask, UserTask.key == Deadline.element_instance_key)
        .where(Deadline.stage == HANDLING, Deadline.milestone == "")
    )
    within = _within(Deadline.started, since, until) | _within(Deadline.due, since, until)
    for clock, groups, state, case_ended in session.execute(clocks.where(within)):
        if state in GONE and _before(case_ended, until):
            continue
        begun = figures[_unit(_had(clock, clock.started), groups)]
        begun.received += clock.continues is None and since <= clock.started < until
        of = figures[_unit(_had(clock, clock.due), groups)]
        if not since <= clock.due < until or (clock.ended is not None and clock.met is None):
            continue
        if clock.exempted:
            of.exempted += 1
            continue
        of.due += 1
        if _before(clock.ended, until):
            of.done += 1
            of.in_time += bool(clock.met)
    return dict(figures)


def _due(since: datetime, until: datetime) -> Any:
    """Filed cases whose last handling clock is due in the period, a row each."""
    clocks = (
        select(
            ProcessInstance.case_id,
            func.max(Deadline.due).label("due"),
            func.max(cast(Deadline.met.is_(False), Integer)).label("late"),
            func.max(cast(Deadline.exempted.is_not(None), Integer)).label("exempted"),
        )
        .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
        .where(Deadline.stage == HANDLING, ProcessInstance.case_id.is_not(None))
        .group_by(ProcessInstance.case_id)
        .subquery()
    )
    columns = (Case.area, Case.state, Case.ended, Case.reworks, Case.satisfaction, clocks.c.late, clocks.c.exempted)
    return (
        select(*columns)
        .join(clocks, clocks.c.case_id == Case.key)
        .where(Case.filed < until, _within(clocks.c.due, since, until))
    )


def _within(moment: Any, since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(moment >= since, moment < until)


def _before(moment: datetime | None, until: datetime) -> bool:
    return moment is not None and moment < until


def _had(clock: Deadline, at: datetime) -> str | None:
    """Who had a clock at a moment: before its unit was reorganised, or since."""
    earlier = (holder for holder, until in clock.handed_over if at < datetime.fromisoformat(until))
    return next(earlier, clock.holder)


def _unit(holder: str | None, groups: list[str] | None) -> str:
    """The unit of who has a clock: its holder, else the first group that may take the task."""
    return (holder or next(iter(groups or []), "")).partition("@")[2]
