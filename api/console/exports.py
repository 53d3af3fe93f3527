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
from fastapi.responses import StreamingResponse

from api.console.shown import unit_titles
from api.console.words import word
from workflows import runtime
from workflows.calendar import CHINA
from workflows.governance import catalogue, spots
from workflows.store.queries import cases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import Response
    from sqlalchemy.orm import Session

    from workflows.store.queries.cases import Filter

COLUMNS: tuple[str, ...] = ("number", "state", "step", "channel", "className", "conditionName", "about", "address")
COLUMNS += ("spot", "area", "grid", "handlerGroup", "reported", "filed", "ended")
MOMENTS = {"reported", "filed", "ended"}
WIDTHS = {"number": 14, "about": 40, "address": 30, "spot": 24, "handlerGroup": 24} | dict.fromkeys(MOMENTS, 17)
ROWS = 1_048_575  # of a sheet, below its header
LONGEST = 32_767  # characters of a cell
IN_MEMORY, CHUNK = 4 * 1024 * 1024, 64 * 1024


def export(session: Session, of: Filter, form: str, language: str) -> Response:
    """It lies in a temporary file before the answer begins, so that it is whole or refused."""
    write, media_type = FORMATS[form]
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - the answer closes it
    try:
        write(file, [word(language, f"column.{name}") for name in COLUMNS], rows(session, of, language))
        file.seek(0)
    except BaseException:
        file.close()
        raise
    headers = {"Content-Disposition": f'attachment; filename="cases.{form}"'}
    return StreamingResponse(_chunks(file), media_type=media_type, headers=headers)


def rows(session: Session, of: Filter, language: str) -> Iterator[list[str | datetime | None]]:
    """Of each case what the columns say, moments as the clock of the city shows them."""
    known = catalogue.conditions(session)
    titles: dict[str | None, str | None] = {None: None}

    def holder(group: str | None) -> str | None:
        if group not in titles:
            titles[group] = unit_titles(session, [group])[group] if group else None
        return titles[group]

    plates: dict[str | None, str | None] = {None: None}

    def plate(code: str | None) -> str | None:
        if code not in plates:
            plates[code] = f"{code} {spots.names(session, [code]).get(code, '')}".strip() if code else None
        return plates[code]

    said: dict[str, Callable[[Any], Any]] = {
        "state": lambda case: word(language, f"case.{case.state}"),
        "step": lambda case: word(language, f"step.{case.step}"),
        "channel": lambda case: word(language, f"channel.{case.channel}"),
        "className": lambda case: known[case.condition_code].class_name if case.condition_code in known else None,
        "conditionName": lambda case: known[case.condition_code].name if case.condition_code in known else None,
        "about": attrgetter("text"),
        "spot": lambda case: plate(case.spot),
        "handlerGroup": lambda case: holder(case.handler_group),
    }
    said |= {name: partial(_moment, attrgetter(name)) for name in MOMENTS}
    columns = [said.get(name) or attrgetter(name) for name in COLUMNS]
    for case in cases.all_cases(session, of, runtime.now(session)):
        yield [say(case) for say in columns]


def _moment(of: Callable[[Any], datetime | None], case: Any) -> datetime | None:
    return _local(of(case))


def cell(value: Any) -> str:
    """No spreadsheet takes it for a formula: a text someone reported may begin with =."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _local(at: datetime | None) -> datetime | None:
    return at and at.astimezone(CHINA.zone).replace(tzinfo=None, microsecond=0)


def _csv(file: BinaryIO, header: list[str], rows: Iterator[list[Any]]) -> None:
    """With a byte order mark, so that spreadsheets read the Chinese."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
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
                sheet.write_string(line, column, str(value)[:LONGEST])
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
