"""The month as XLSX: a sheet for each way of counting, and one with the formulas."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from fastapi import Request, Response
from xlsxwriter import Workbook

from api.console.cells import write_text
from api.console.pages import clock
from api.console.reports.asked import RATES, READ, month
from api.console.reports.monthly import Table, table
from api.console.scope import Seen
from api.console.words import language, word
from api.routing import new_router
from api.sessions import ReadSession
from workflows.governance.indicators import SMALL
from workflows.governance.months import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    Say = Callable[..., str]

router = new_router("Console")
TOP = 3  # the first row of figures
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/reports.xlsx", dependencies=[READ])
def get_workbook(request: Request, session: ReadSession, seen: Seen) -> Response:
    """All ways of counting, with the total and that of the month before."""
    of = month(request, session)
    chosen = language(request)

    def say(key: str, **values: object) -> str:
        return word(chosen, key, **values)

    tables = [table(session, of, by, seen) for by in WAYS]
    written = io.BytesIO()
    # What people typed may begin with = or look like an address: it stays text.
    book = Workbook(written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "text_wrap": True})
    for one in tables:
        sheet = book.add_worksheet(say(f"reports.by.{one.by}"))
        sheet.write_string(0, 0, f"{of} · {say('reports.counted', at=clock(one.at, '%Y-%m-%d %H:%M'))}")
        _heads(sheet, one, say, bold)
        _lines(sheet, one, say, book.add_format({"num_format": "0.00%"}))
    _formulas(book.add_worksheet(say("formulas")), tables, say, bold)
    book.close()
    headers = {"Content-Disposition": f'attachment; filename="report-{of}.xlsx"'}
    return Response(written.getvalue(), media_type=TYPE, headers=headers)


def _heads(sheet: Worksheet, one: Table, say: Say, bold: Format) -> None:
    heads = [f"reports.by.{one.by}", *(f"figure.{one.kind}.{name}" for name in one.columns)]
    heads += [f"rate.{RATES[name]}" for name in one.rates]
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


def _formulas(sheet: Worksheet, tables: list[Table], say: Say, bold: Format) -> None:
    keys: dict[str, None] = {}
    for one in tables:
        keys |= dict.fromkeys(f"figure.{one.kind}.{name}" for name in one.columns)
        keys |= dict.fromkeys(f"rate.{RATES[name]}" for name in one.rates)
    for row, key in enumerate(keys):
        sheet.write_string(row, 0, say(key), bold)
        sheet.write_string(row, 1, say(f"{key}.formula"))
    sheet.write_string(len(keys) + 1, 0, say("reports.stable"))
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 100)
