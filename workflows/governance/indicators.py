"""Indicators of a period (综合评价): what came in, what was to be closed in it, what was closed, in time, after rework.

Every case counts in one period: that in which its handling was due. Numerators are parts of their denominators.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Integer, Text, and_, bindparam, cast, false, func, not_, or_, select, true

from workflows.governance.cases import State
from workflows.governance.evaluation import HANDLING, OF_HANDLING
from workflows.store.queries.seen import naming, of_cases
from workflows.store.tables import Case, Deadline, ProcessInstance, UserTask

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from sqlalchemy import ColumnElement, Row, Select
    from sqlalchemy.orm import Session

    from workflows.store.queries.seen import Within

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
    returned: int = 0  # 退回: of these, given back
    due: int = 0  # 应处置: due in the period and not given back in time
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
        return {
            "回退率": Rate(self.returned, self.received),
            "处置率": Rate(self.done, self.due),
            "按期处置率": Rate(self.in_time, self.due),
        }


def by_area(session: Session, since: datetime, until: datetime) -> dict[str, CaseFigures]:
    """The figures of [since, until) as they stood at its end, by area (空: not in any), without a total."""
    return by_cases(session, Case.area, since, until)


def by_cases(
    session: Session, of: Any, since: datetime, until: datetime, seen: Within | None = None
) -> dict[str, CaseFigures]:
    """The same by area, grid, plate or class: any column of cases, among those that are ``seen``."""
    figures: dict[str, CaseFigures] = defaultdict(CaseFigures)
    for cases, measures in _populations(since, until, seen):
        counted = [func.sum(cast(measure, Integer)) for measure in measures.values()]
        found = cases.with_only_columns(of, *counted).group_by(of)
        for value, *numbers in session.execute(found).tuples():
            for name, number in zip(measures, numbers, strict=True):
                setattr(figures[value or ""], name, int(number or 0))
    return {value: one for value, one in figures.items() if any(getattr(one, field.name) for field in fields(one))}


def cases_of(
    measure: str,
    since: datetime,
    until: datetime,
    of: Any = None,
    value: str | None = None,
    *,
    seen: Within | None = None,
) -> Select[Any]:
    """The keys of the cases that a figure of a period counts, of a value or of all, the newest first.

    KeyError for what is no figure.
    """
    only = None if value is None else func.coalesce(of, "") == value
    for cases, measures in _populations(since, until, seen, only):
        if measure in measures:
            return cases.with_only_columns(Case.key).where(measures[measure]).order_by(Case.key.desc())
    raise KeyError(measure)


def _populations(
    since: datetime, until: datetime, seen: Within | None, only: ColumnElement[bool] | None = None
) -> tuple[tuple[Select[Any], Mapping[str, Any]], ...]:
    """The cases reported in a period, those due in it, and what is counted of each as it stood at its end.

    Of those that are ``seen``, and ``only`` those of which a condition on cases is true.
    """
    ended = and_(Case.ended.is_not(None), Case.ended < until)
    reported = select(Case.key).where(_within(Case.reported, since, until), *of_cases(seen))
    if only is not None:
        reported = reported.where(only)
    due, clocks = _due(since, until, seen, only)
    counts = clocks.exempted == 0
    closed = and_(counts, ended)
    return (
        (
            reported,
            {
                "reported": true(),
                "filed": and_(Case.filed.is_not(None), Case.filed < until),
                "merged": and_(Case.state == State.MERGED.value, ended),
            },
        ),
        (
            due.where(not_(and_(ended, Case.state.in_(GONE)))),
            {
                "due": counts,
                "closed": closed,
                "in_time": and_(closed, clocks.late == 0),
                "reworked": and_(closed, Case.reworks.is_not(None), Case.reworks > 0),
                "answered": and_(closed, Case.satisfaction.is_not(None), Case.satisfaction.in_(ANSWERS)),
                "satisfied": and_(closed, Case.satisfaction.is_not(None), Case.satisfaction.in_(SATISFIED)),
                "exempted": clocks.exempted == 1,
            },
        ),
    )


def _due(
    since: datetime, until: datetime, seen: Within | None, only: ColumnElement[bool] | None
) -> tuple[Select[Any], Any]:
    """Filed cases whose last handling clock is due in the period, with what is said of all their handling clocks.

    Found from the clocks that are due in it, which an index has, so that it costs the same in the tenth year.
    """
    of_case = ProcessInstance.case_id
    in_period = (
        select(of_case)
        .join(Deadline, Deadline.process_instance_key == ProcessInstance.key)
        .where(Deadline.stage == HANDLING, _within(Deadline.due, since, until), of_case.is_not(None))
        .where(*naming(seen, of_case))  # the clocks of others need not be looked at
    )
    if only is not None:
        in_period = in_period.join(Case, Case.key == of_case).where(only)
    found = in_period.cte("due_in_period").prefix_with("MATERIALIZED")  # or PostgreSQL may look at all clocks there are
    last = func.max(Deadline.due)
    clocks = (
        select(
            of_case,
            func.max(cast(func.coalesce(Deadline.met, True), Integer) * -1 + 1).label("late"),
            func.max(cast(Deadline.exempted.is_not(None), Integer)).label("exempted"),
        )
        .join(Deadline, Deadline.process_instance_key == ProcessInstance.key)
        .where(OF_HANDLING, of_case.in_(select(found.c.case_id)))
        .group_by(of_case)
        .having(last < until)
        .subquery()
    )
    return select(Case.key).join(clocks, clocks.c.case_id == Case.key).where(Case.filed < until), clocks.c


def by_department(session: Session, since: datetime, until: datetime) -> dict[str, HandlingFigures]:
    """The handling clocks of [since, until) as they stood at its end, by the unit that has them (空: none is said)."""
    figures: dict[str, HandlingFigures] = defaultdict(HandlingFigures)
    clocks, measures = _clocks(since, until)
    counted = [func.sum(cast(measure, Integer)) for measure in measures.values()]
    found = clocks.with_only_columns(Deadline.holder, _PLAIN.label("plain"), *counted).group_by(Deadline.holder, _PLAIN)
    rows = session.execute(found).tuples().all()
    for holder, plain, *numbers in rows:
        for name, number in zip(measures, numbers if plain else (), strict=plain):
            of = figures[_unit(holder, None)]
            setattr(of, name, getattr(of, name) + int(number or 0))
    moved = _moved(session, since, until) if not all(plain for _, plain, *_ in rows) else {}
    for name, clocks_moved in moved.items():
        for row in clocks_moved:
            of = figures[_unit_at(row, name)]
            setattr(of, name, getattr(of, name) + 1)
    return {unit: one for unit, one in figures.items() if any(getattr(one, field.name) for field in fields(one))}


def clocks_of(
    session: Session, measure: str, units: Collection[str] | None, since: datetime, until: datetime
) -> Select[Any]:
    """The keys of the handling clocks that a figure counts, of some units or of all, the first due first.

    KeyError for what is no figure.
    """
    clocks, measures = _clocks(since, until)
    query = clocks.with_only_columns(Deadline.key).where(measures[measure]).order_by(Deadline.due, Deadline.key)
    if units is None:
        return query
    holder = Deadline.holder
    own = [holder.endswith(f"@{unit}", autoescape=True) if unit else holder.not_like("%@%") for unit in units]
    moved = [row.key for row in _moved(session, since, until)[measure] if _unit_at(row, measure) in units]
    of_moved = Deadline.key.in_(bindparam("moved", moved, expanding=True, literal_execute=True))
    return query.where(or_(and_(_PLAIN, or_(false(), *own)), of_moved))


#: Clocks whose holder is known and was never reorganised: nearly all. The others are looked at one by one.
_PLAIN = and_(Deadline.holder.is_not(None), cast(Deadline.handed_over, Text) == "[]")


def _clocks(since: datetime, until: datetime) -> tuple[Select[Any], Mapping[str, Any]]:
    """Handling clocks begun or due in a period, and what is counted of them as it stood at its end."""
    gone = and_(Case.state.in_(GONE), Case.ended.is_not(None), Case.ended < until)
    query = (
        select(Deadline.key)
        .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
        .join(Case, Case.key == ProcessInstance.case_id)
        .outerjoin(UserTask, UserTask.key == Deadline.element_instance_key)
        .where(Deadline.stage == HANDLING, Deadline.milestone == "", not_(gone))
        .where(_within(Deadline.started, since, until) | _within(Deadline.due, since, until))
    )
    goes_on = and_(Deadline.ended.is_not(None), Deadline.met.is_(None))
    returned = and_(Deadline.returned.is_not(None), Deadline.returned < until)
    received = and_(_within(Deadline.started, since, until), Deadline.continues.is_(None))
    # Who gives back what is overdue already had it to handle.
    passed_on = and_(returned, Deadline.met.is_not(None), Deadline.met.is_(True))
    due = and_(_within(Deadline.due, since, until), not_(goes_on), not_(passed_on))
    counts = and_(due, Deadline.exempted.is_(None))
    done = and_(counts, Deadline.ended.is_not(None), Deadline.ended < until)
    return query, {
        "received": received,
        "returned": and_(received, returned),
        "due": counts,
        "done": done,
        "in_time": and_(done, Deadline.met.is_not(None), Deadline.met.is_(True)),
        "exempted": and_(due, Deadline.exempted.is_not(None)),
    }


def _moved(session: Session, since: datetime, until: datetime) -> dict[str, list[Row[Any]]]:
    """By figure the clocks that count and of which who had them is not to be told from the row alone."""
    clocks, measures = _clocks(since, until)
    columns = (Deadline.key, Deadline.holder, Deadline.handed_over, Deadline.started, Deadline.due)
    counted = [cast(measure, Integer).label(name) for name, measure in measures.items()]
    query = clocks.with_only_columns(*columns, UserTask.candidate_groups, *counted).where(not_(_PLAIN))
    rows = session.execute(query).all()
    return {name: [row for row in rows if getattr(row, name)] for name in measures}


def _unit_at(row: Row[Any], measure: str) -> str:
    """Whose a clock was at the moment that counts: before its unit was reorganised, or since."""
    at = row.started if measure in {"received", "returned"} else row.due
    earlier = (holder for holder, until in row.handed_over if at < datetime.fromisoformat(until))
    return _unit(next(earlier, row.holder), row.candidate_groups)


def _within(moment: Any, since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(moment >= since, moment < until)


def _unit(holder: str | None, groups: list[str] | None) -> str:
    """The unit of who has a clock: its holder, else the first group that may take the task."""
    return (holder or next(iter(groups or []), "")).partition("@")[2]
