"""All matches of the list of cases as rows of a file, read in blocks."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from api.console.shown import here, unit_titles
from api.console.spreadsheets import WIDTH, answered, go_on, left
from api.console.words import word
from workflows import runtime
from workflows.governance import catalogue, spots
from workflows.store import read
from workflows.store.queries import cases
from workflows.store.tables.governance import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from fastapi import Request, Response
    from sqlalchemy.orm import Session

    from workflows.store import Database
    from workflows.store.queries.cases import Filter

COLUMNS: tuple[str, ...] = ("number", "state", "step", "channel", "className", "conditionName", "about", "address")
COLUMNS += ("spot", "area", "grid", "handlerGroup", "reported", "filed", "ended")
MOMENTS = {"reported", "filed", "ended"}
WIDTHS = {"number": 14, "about": 40, "address": 30, "spot": 24, "handlerGroup": 24} | dict.fromkeys(MOMENTS, 17)
BLOCK = 5_000  # cases read at once


def export(request: Request, of: Filter, form: str, language: str) -> Response:
    header = [word(language, f"column.{name}") for name in COLUMNS]
    found = rows(request.app.state.database, of, language, left(request))
    widths = [WIDTHS.get(name, WIDTH) for name in COLUMNS]
    return answered("cases", form, header, found, widths, word(language, "nav.cases"))


def rows(
    database: Database, of: Filter, language: str, unwanted: Callable[[], bool]
) -> Iterator[list[str | datetime | None]]:
    """Of each case what the columns say, moments as the clock of the city shows them.

    Each block is a transaction of its own: one that lasted as long as the file would keep SQLite's log growing and
    PostgreSQL's dead rows. Cases reported meanwhile are not in it. Once it is ``unwanted`` the work stops. Problem.
    """
    with read(database) as session:
        at, known, places = runtime.now(session), catalogue.conditions(session), _places(session)
    titles: dict[str, str] = {}
    plates: dict[str, str] = {}
    said: dict[str, Callable[[Any], Any]] = {
        "state": lambda case: word(language, f"case.{case.state}"),
        "step": lambda case: word(language, f"step.{case.step}"),
        "channel": lambda case: word(language, f"channel.{case.channel}"),
        "className": lambda case: known[case.condition_code].class_name if case.condition_code in known else None,
        "conditionName": lambda case: known[case.condition_code].name if case.condition_code in known else None,
        "about": attrgetter("text"),
        "spot": lambda case: case.spot and f"{case.spot} {plates.get(case.spot, '')}".strip(),
        "area": lambda case: places.get(case.area, case.area),
        "grid": lambda case: places.get(case.grid, case.grid),
        "handlerGroup": lambda case: titles.get(case.handler_group or ""),
    }
    said |= {name: partial(_moment, attrgetter(name)) for name in MOMENTS}
    columns = [said.get(name) or attrgetter(name) for name in COLUMNS]
    before: str | None = None
    while True:
        with read(database) as session:
            found = cases.block_of_cases(session, of, at, limit=BLOCK, before=before)
            new = {case.handler_group for case in found if case.handler_group} - titles.keys()
            titles |= unit_titles(session, new)
            plates |= spots.names(session, {case.spot for case in found if case.spot} - plates.keys())
        for case in found:
            yield [say(case) for say in columns]
        if len(found) < BLOCK:
            return
        go_on(unwanted)
        before = found[-1].number


def _places(session: Session) -> dict[str | None, str]:
    """Areas and grids by what they are called."""
    return dict(session.execute(select(Unit.id, Unit.name).where(Unit.kind.in_(("area", "grid")))).tuples().all())


def _moment(of: Callable[[Any], datetime | None], case: Any) -> datetime | None:
    return here(of(case))
