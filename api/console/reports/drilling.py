"""The cases and clocks that a figure counts: as a page, and all of them as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi import Request, Response
from sqlalchemy import and_, func, or_, select

from api.console.pages import Offset, page
from api.console.people import SignedIn
from api.console.reports.asked import READ, TABS, columns, month, names, way
from api.console.scope import Seen, seen_by
from api.console.shown import here, unit_titles
from api.console.spreadsheets import FORMATS, IN_TURN, WIDTH, answered, go_on, left
from api.console.words import language, word
from api.problems import Problem
from api.routing import new_router
from api.sessions import ReadSession
from workflows.governance import catalogue, indicators
from workflows.governance.evaluation import OF_HANDLING
from workflows.governance.months import WAYS, Month
from workflows.store import read
from workflows.store.queries.seen import Within
from workflows.store.tables import Case, Deadline, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Row, Select
    from sqlalchemy.orm import Session

    from workflows.store import Database

router = new_router("Console")
PAGE = 100
BLOCK = 5_000  # rows of a file that are read at once
#: The columns of a file, with their widths: words of the page.
COLUMNS = {
    "column.number": 14, "column.about": 40, "column.className": 14, "column.conditionName": 20, "column.state": WIDTH,
    "column.who": 24, "column.reported": 17, "reports.due": 17, "column.ended": 17, "reports.reworks": WIDTH,
}  # fmt: skip


class Figure(NamedTuple):
    """Which figure of which month, of which value of a way of counting (None: of all), among what is seen."""

    month: Month
    by: str
    name: str
    value: str | None
    seen: Within | None

    @property
    def of_clocks(self) -> bool:
        return WAYS[self.by].noun == "clock"

    @property
    def columns(self) -> dict[str, int]:
        """A clock is handled, a case ended."""
        kept = {"reports.handled" if name == "column.ended" else name: width for name, width in COLUMNS.items()}
        return kept if self.of_clocks else COLUMNS


@router.get("/reports/cases", dependencies=[READ])
def get_counted(
    request: Request,
    session: ReadSession,
    staff: SignedIn,
    seen: Seen,
    *,
    by: str = "area",
    figure: str = "",
    value: str | None = None,
    after: Offset = 0,
) -> Response:
    """Counted now, page by page; without a value those of all."""
    of = Figure(month(request, session), by, _figure(by, figure), value, seen)
    keys = _keys(session, of)
    number = session.execute(select(func.count()).select_from(keys.order_by(None).subquery())).scalar_one()
    rows = session.execute(_rows(of, keys).offset(after).limit(PAGE)).all()
    return page(
        request,
        "reports_cases.html",
        staff,
        rows=rows,
        number=number,
        conditions=catalogue.conditions(session),
        within=seen is not None,
        titles=unit_titles(session, {row.holder for row in rows if row.holder}),
        figure=figure,
        value=value,
        name=names(session, by, [value]).get(value, "") if value else "",
        next=after + PAGE if after + PAGE < number else None,
        month=of.month,
        tabs=TABS,
        tab=by,
        kind=WAYS[by].noun,
    )


@router.get("/reports/cases.{form}", dependencies=[READ, IN_TURN])
def get_counted_file(
    request: Request, staff: SignedIn, *, form: str, by: str = "area", figure: str = "", value: str | None = None
) -> Response:
    """All of them, so that a figure can be checked row by row."""
    if form not in FORMATS:
        raise Problem(404, "没有这种格式")
    database, chosen = request.app.state.database, language(request)
    with read(database) as session:
        of = Figure(month(request, session), by, _figure(by, figure), value, seen_by(session, staff))
    header = [word(chosen, name) for name in of.columns]
    found = rows(database, of, chosen, left(request))
    title = f"{of.month} {word(chosen, f'figure.{WAYS[by].noun}.{figure}')}"
    return answered(f"report-{of.month}-{by}-{figure}", form, header, found, list(of.columns.values()), title)


def rows(database: Database, of: Figure, chosen: str, unwanted: Callable[[], bool]) -> Iterator[list[Any]]:
    """What a figure counts as rows of a file, read in blocks, each a transaction of its own."""
    with read(database) as session:
        known = catalogue.conditions(session)
    titles: dict[str, str] = {}
    last: Row[Any] | None = None
    while True:
        with read(database) as session:
            query = _rows(of, _keys(session, of))
            query = query if last is None else query.where(_beyond(of, last))
            found = session.execute(query.limit(BLOCK)).all()
            titles |= unit_titles(session, {row.holder for row in found if row.holder} - titles.keys())
        for row in found:
            condition = known.get(row.condition_code)
            yield [
                row.number,
                row.text,
                condition.class_name if condition else None,
                condition.name if condition else row.condition_code,
                word(chosen, f"case.{row.state}"),
                titles.get(row.holder or "", row.holder),
                here(row.reported),
                here(row.due),
                here(row.done),
                row.reworks,
            ]
        if len(found) < BLOCK:
            return
        go_on(unwanted)
        last = found[-1]


def _figure(by: str, name: str) -> str:
    """Problem for what the way of counting has not."""
    if name not in columns(way(by)):
        raise Problem(404, "没有这个指标")
    return name


def _keys(session: Session, of: Figure) -> Select[Any]:
    """The keys of what is counted."""
    if (column := WAYS[of.by].column) is not None:
        return indicators.cases_of(of.name, *of.month.period, column, of.value, seen=of.seen)
    units = None if of.value is None else {of.value}
    if of.seen is not None:
        units = set(of.seen.units) if units is None else units & set(of.seen.units)
    return indicators.clocks_of(session, of.name, units, *of.month.period)


_SHOWN = (Case.number, Case.text, Case.condition_code, Case.state, Case.reported, Case.reworks)


def _rows(of: Figure, keys: Select[Any]) -> Select[Any]:
    counted = keys.order_by(None)
    return _clocks(counted) if of.of_clocks else _cases(counted)


def _cases(keys: Select[Any]) -> Select[Any]:
    """A row for each case, the newest first, with the last of its handling clocks."""
    due = (
        select(func.max(Deadline.due))
        .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
        .where(ProcessInstance.case_id == Case.key, OF_HANDLING)
        .scalar_subquery()
    )
    shown = (*_SHOWN, Case.key, Case.handler_group.label("holder"), due.label("due"), Case.ended.label("done"))
    return select(*shown).where(Case.key.in_(keys)).order_by(Case.key.desc())


def _clocks(keys: Select[Any]) -> Select[Any]:
    """A row for each handling clock, the first due first."""
    return (
        select(*_SHOWN, Deadline.key, Deadline.holder, Deadline.due, Deadline.ended.label("done"))
        .join(ProcessInstance, ProcessInstance.key == Deadline.process_instance_key)
        .join(Case, Case.key == ProcessInstance.case_id)
        .where(Deadline.key.in_(keys))
        .order_by(Deadline.due, Deadline.key)
    )


def _beyond(of: Figure, last: Row[Any]) -> Any:
    """What comes after a row, in the same order."""
    if not of.of_clocks:
        return Case.key < last.key
    return or_(Deadline.due > last.due, and_(Deadline.due == last.due, Deadline.key > last.key))
