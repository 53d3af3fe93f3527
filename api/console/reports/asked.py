"""What a report is asked for, and its columns: one table for the page, the workbook and the formulas beside both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.console.scope import SEES_CASES
from api.problems import Problem
from workflows import runtime
from workflows.governance import catalogue, spots
from workflows.governance.months import WAYS, Month
from workflows.store.queries.clocks import unit_names

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from fastapi import Request
    from sqlalchemy.orm import Session

READ = SEES_CASES
#: The figures of each kind that are counted, in the order of the columns; each has its word and its formula.
CASES = ("reported", "filed", "merged", "due", "closed", "in_time", "reworked", "answered", "satisfied", "exempted")
CLOCKS = ("received", "returned", "due", "done", "in_time", "exempted")
#: The rates of each kind, by the name they have in ``indicators``: part and whole.
RATES = {
    "立案率": "filing",
    "重复率": "repeating",
    "结案率": "closing",
    "按期结案率": "closing-in-time",
    "返工率": "rework",
    "满意率": "satisfaction",
    "回退率": "returning",
    "处置率": "handling",
    "按期处置率": "handling-in-time",
}
TABS = (*WAYS, "exempted")


def columns(by: str) -> tuple[str, ...]:
    return CASES if WAYS[by].noun == "case" else CLOCKS


def month(request: Request, session: Session) -> Month:
    """The one of the address, by default this one."""
    text = request.query_params.get("month", "")
    if not text:
        return Month.of(runtime.now(session))
    try:
        found = Month.read(text)
        _ = found.later(-1).period, found.period
    except (ValueError, OverflowError) as error:
        raise Problem(400, f"月份不对:{text[:40]}") from error
    return found


def way(by: str) -> str:
    if by not in WAYS:
        raise Problem(404, "没有这张报表")
    return by


def names(session: Session, by: str, values: Collection[str]) -> dict[str, str]:
    """What the values are called; one that nobody names by itself, none for what is nowhere."""
    given = [value for value in values if value]
    called = NAMES.get(by, unit_names)(session, given)
    return {value: called.get(value, value) for value in given}


def _classes(session: Session, _values: Collection[str]) -> dict[str, str]:
    return {one.class_code: one.class_name for one in catalogue.conditions(session).values()}


#: Plates by their place, classes by the catalogue; the rest are units of the organisation.
NAMES: dict[str, Callable[[Session, list[str]], Mapping[str, str]]] = {"spot": spots.names, "class": _classes}
