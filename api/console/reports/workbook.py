"""The month as XLSX: a sheet for each way of counting, and one with the formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from fastapi import Request, Response
from xlsxwriter import Workbook

from api.console.cells import write_text
from api.console.pages import clock
from api.console.people import SignedIn
from api.console.reports.asked import RATES, READ, month
from api.console.reports.monthly import Table, table
from api.console.scope import seen_by
from api.console.spreadsheets import IN_TURN, XLSX, sent
from api.console.words import language, word
from api.routing import new_router
from workflows.governance.indicators import SMALL
from workflows.governance.months import WAYS
from workflows.store import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    Say = Callable[..., str]

router = new_router("Console")
TOP = 3  # the first row of figures
A4 = 9  # as spreadsheets number it


@router.get("/reports.xlsx", dependencies=[READ, IN_TURN])
def get_workbook(request: Request, staff: SignedIn) -> Response:
    """All ways of counting, with the total and that of the month before. Each is a transaction of its own."""
    database, chosen = request.app.state.database, language(request)
    with read(database) as session:
        of, seen = month(request, session), seen_by(session, staff)

    def say(key: str, **values: object) -> str:
        return word(chosen, key, **values)

    def write(file: BinaryIO) -> None:
        # What people typed may begin with = or look like an address: it stays text.
        book = Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
        bold, percent = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": "0.00%"})
        keys: dict[str, None] = {}
        for by in WAYS:
            with read(database) as session:
                one = table(session, of, by, seen)
            sheet = book.add_worksheet(say(f"reports.by.{by}"))
            counted = say("reports.counted", at=clock(one.at, "%Y-%m-%d %H:%M"))
            sheet.write_string(0, 0, f"{of} · {counted}")
            if seen is not None:
                sheet.write_string(1, 0, say(f"scope.reports.{'units' if one.kind == 'clock' else 'cases'}"))
            _heads(sheet, one, say, bold)
            _lines(sheet, one, say, percent)
            _printed(sheet)
            keys |= dict.fromkeys(_counted(one))
        _formulas(book.add_worksheet(say("formulas")), keys, say, bold)
        book.close()

    return sent(f"report-{of}.xlsx", XLSX, write)


def _counted(one: Table) -> list[str]:
    """The words of the figures and rates of a table."""
    return [*(f"figure.{one.kind}.{name}" for name in one.columns), *(f"rate.{RATES[name]}" for name in one.rates)]


def _printed(sheet: Worksheet) -> None:
    """On paper: across, as wide as a page, its head on each."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(TOP - 1)


def _heads(sheet: Worksheet, one: Table, say: Say, bold: Format) -> None:
    heads = [f"reports.by.{one.by}.one", *_counted(one)]
    for column, head in enumerate(heads):
        sheet.write_string(TOP - 1, column, say(head), bold)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, len(heads), 11)
    sheet.freeze_panes(TOP, 1)


def _lines(sheet: Worksheet, one: Table, say: Say, percent: Format) -> None:
    lines = [(name or value or say("reports.nowhere"), figures) for value, name, figures in one.rows]
    lines += [(say("reports.total"), one.total), (say("reports.before"), one.before)]
    for row, (name, figures) in enumerate(lines, TOP):
        write_text(sheet, row, 0, name)
        for column, figure in enumerate(one.columns, 1):
            sheet.write_number(row, column, getattr(figures, figure))
        for column, rate in enumerate(figures.rates.values(), len(one.columns) + 1):
            if rate.whole:
                sheet.write_number(row, column, rate.part / rate.whole, percent)
            if 0 < rate.whole < SMALL:
                sheet.write_comment(row, column, say("small", number=SMALL))


def _formulas(sheet: Worksheet, keys: Iterable[str], say: Say, bold: Format) -> None:
    row = 0
    for row, key in enumerate(keys, 1):
        sheet.write_string(row - 1, 0, say(key), bold)
        sheet.write_string(row - 1, 1, say(f"{key}.formula"))
    sheet.write_string(row + 1, 0, say("reports.stable"))
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 100)
