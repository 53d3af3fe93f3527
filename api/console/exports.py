"""All matches of the list of cases as a spreadsheet or as CSV: written as they are read, whatever there is."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import xlsxwriter
from anyio import from_thread
from fastapi import Depends, Request
from fastapi.responses import StreamingResponse

from api.console.cells import csv_cell, write_text
from api.console.shown import unit_titles
from api.console.words import word
from api.problems import Problem
from workflows import runtime
from workflows.calendar import CHINA
from workflows.governance import catalogue, spots
from workflows.store import read
from workflows.store.queries import cases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from fastapi import Response

    from workflows.store import Database
    from workflows.store.queries.cases import Filter

COLUMNS: tuple[str, ...] = ("number", "state", "step", "channel", "className", "conditionName", "about", "address")
COLUMNS += ("spot", "area", "grid", "handlerGroup", "reported", "filed", "ended")
MOMENTS = {"reported", "filed", "ended"}
WIDTHS = {"number": 14, "about": 40, "address": 30, "spot": 24, "handlerGroup": 24} | dict.fromkeys(MOMENTS, 17)
ROWS = 1_048_575  # of a sheet, below its header
BLOCK = 5_000  # cases read at once
IN_MEMORY, CHUNK = 4 * 1024 * 1024, 64 * 1024


async def _place(request: Request) -> AsyncIterator[None]:
    async with request.app.state.exports:
        yield


#: Those who want a file wait here, before they hold a thread.
IN_TURN = Depends(_place, scope="function")


def export(request: Request, of: Filter, form: str, language: str) -> Response:
    """It lies in a temporary file before the answer begins, so that it is whole or refused."""
    write, media_type = FORMATS[form]
    cases_of = rows(request.app.state.database, of, language, partial(from_thread.run, request.is_disconnected))
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - the answer closes it
    try:
        write(file, [word(language, f"column.{name}") for name in COLUMNS], cases_of)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    headers = {"Content-Disposition": f'attachment; filename="cases.{form}"'}
    return StreamingResponse(_chunks(file), media_type=media_type, headers=headers)


def rows(
    database: Database, of: Filter, language: str, unwanted: Callable[[], bool]
) -> Iterator[list[str | datetime | None]]:
    """Of each case what the columns say, moments as the clock of the city shows them.

    Each block is a transaction of its own: one that lasted as long as the file would keep SQLite's log growing and
    PostgreSQL's dead rows. Cases reported meanwhile are not in it. Once it is ``unwanted`` the work stops. Problem.
    """
    with read(database) as session:
        at, known = runtime.now(session), catalogue.conditions(session)
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
        if unwanted():
            raise Problem(400, "浏览器不再等这个文件")
        before = found[-1].number


def _moment(of: Callable[[Any], datetime | None], case: Any) -> datetime | None:
    return _local(of(case))


def _local(at: datetime | None) -> datetime | None:
    return at and at.astimezone(CHINA.zone).replace(tzinfo=None, microsecond=0)


def _csv(file: BinaryIO, header: list[str], rows: Iterator[list[Any]]) -> None:
    """With a byte order mark, so that spreadsheets read the Chinese."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    text.detach()


def _xlsx(file: BinaryIO, header: list[str], rows: Iterator[list[Any]]) -> None:
    """Texts are texts and never formulas or links; moments are dates. A sheet that is full is followed by another."""
    # Rows go to the disk one by one.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    bold, date = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet: Any = None
    line = ROWS
    for row in rows:
        if line == ROWS:
            sheet, line = _sheet(book, header, bold), 0
        line += 1
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(line, column, value, date)
            elif value is not None:
                write_text(sheet, line, column, str(value))
    if sheet is None:
        _sheet(book, header, bold)
    book.close()


def _sheet(book: Any, header: list[str], bold: Any) -> Any:
    sheet = book.add_worksheet()
    for column, name in enumerate(COLUMNS):
        sheet.set_column(column, column, WIDTHS.get(name, 12))
    sheet.freeze_panes(1, 0)
    for column, text in enumerate(header):
        sheet.write_string(0, column, text, bold)
    return sheet


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(CHUNK):
            yield part


FORMATS: dict[str, tuple[Callable[[BinaryIO, list[str], Iterator[list[Any]]], None], str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
