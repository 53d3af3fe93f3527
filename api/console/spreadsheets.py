"""Rows as a spreadsheet or as CSV: written as they are read, whatever there is, and whole before the answer begins."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import xlsxwriter
from anyio import from_thread
from fastapi import Depends, Request
from fastapi.responses import StreamingResponse

from api.console.cells import csv_cell, write_text
from api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from fastapi import Response

    Rows = Iterator[Sequence[str | int | float | datetime | None]]

ROWS = 1_048_575  # of a sheet, below its header
WIDTH = 12  # of a column, in characters
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IN_MEMORY, CHUNK = 4 * 1024 * 1024, 64 * 1024


async def _place(request: Request) -> AsyncIterator[None]:
    async with request.app.state.exports:
        yield


#: Those who want a file wait here, before they hold a thread.
IN_TURN = Depends(_place, scope="function")


def answered(  # noqa: PLR0917 - a table has no less
    name: str, form: str, header: Sequence[str], rows: Rows, widths: Sequence[int] = (), title: str = ""
) -> Response:
    """A file in one of the ``FORMATS``; ``title`` is what its sheets are called."""
    write, media_type = FORMATS[form]
    return sent(f"{name}.{form}", media_type, lambda file: write(file, header, rows, widths, title))


def sent(name: str, media_type: str, write: Callable[[BinaryIO], None]) -> Response:
    """It lies in a temporary file before the answer begins, so that it is whole or refused."""
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - the answer closes it
    try:
        write(file)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_chunks(file), media_type=media_type, headers=headers)


def left(request: Request) -> Callable[[], bool]:
    """Whether the browser has gone, to be asked between blocks."""
    return partial(from_thread.run, request.is_disconnected)


def go_on(unwanted: Callable[[], bool]) -> None:
    """Problem once nobody waits for the file: the work stops."""
    if unwanted():
        raise Problem(400, "浏览器不再等这个文件")


def _csv(file: BinaryIO, header: Sequence[str], rows: Rows, *_: object) -> None:
    """With a byte order mark, so that spreadsheets read the Chinese."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    text.detach()


def _xlsx(file: BinaryIO, header: Sequence[str], rows: Rows, widths: Sequence[int] = (), title: str = "") -> None:
    """Texts are texts and never formulas or links; moments are dates. A sheet that is full is followed by another."""
    # Rows go to the disk one by one.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    bold, date = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet: Any = None
    line = ROWS
    for row in rows:
        if line == ROWS:
            sheet, line = _sheet(book, title, header, widths, bold), 0
        line += 1
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(line, column, value, date)
            elif isinstance(value, int | float):
                sheet.write_number(line, column, value)
            elif value is not None:
                write_text(sheet, line, column, value)
    if sheet is None:
        _sheet(book, title, header, widths, bold)
    book.close()


def _sheet(book: Any, title: str, header: Sequence[str], widths: Sequence[int], bold: Any) -> Any:
    number = len(book.worksheets())
    sheet = book.add_worksheet(f"{title} {number + 1}" if title and number else title or None)
    sheet.autofilter(0, 0, ROWS, len(header) - 1)  # to the last row there can be: how many come is not known yet
    sheet.freeze_panes(1, 0)
    for column, text in enumerate(header):
        sheet.set_column(column, column, widths[column] if widths else WIDTH)
        sheet.write_string(0, column, text, bold)
    return sheet


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(CHUNK):
            yield part


FORMATS: dict[str, tuple[Callable[..., None], str]] = {"csv": (_csv, "text/csv; charset=utf-8"), "xlsx": (_xlsx, XLSX)}
