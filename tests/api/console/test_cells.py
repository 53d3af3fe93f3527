"""What somebody wrote, in the cells of CSV and XLSX files: text, and nothing that a spreadsheet carries out."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree
from xlsxwriter import Workbook

from api.console.cells import LONGEST, csv_cell, write_text
from api.console.exports import COLUMNS
from api.console.spreadsheets import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
#: The writer of workbooks takes what stands between these marks for markup of its own.
INTO_THE_SHEET = '<r></r></is></c><c r="B2" t="str"><f>HYPERLINK("http://example.org","x")</f><v>x</v></c><c t="inlineStr"><is><r></r>'
HOSTILE = (
    "=1+1", '=HYPERLINK("http://example.org")', "+49", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x",
    INTO_THE_SHEET, "<r><t>x</t></r>", "<r>not markup</r>", "http://example.org", "internal:Sheet1!A1",
    "\x00\x01\x0b\x1f", "\ufffe\uffff", "\ud800", "_x0041_", "长" * 40_000, "𠀀" * 20_000, " ", "",
)  # fmt: skip


def read(content: bytes) -> tuple[list[str], list[Any]]:
    """The texts of a workbook, and what in its sheets is anything but a text or a number."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = [name for name in book.namelist() if name.startswith("xl/worksheets/") or "haredStrings" in name]
        trees = [etree.fromstring(book.read(name)) for name in names]  # well formed, or this fails
    texts = ["".join(one.itertext()) for tree in trees for one in tree.iter(f"{SHEET}is", f"{SHEET}si")]
    return texts, [one.tag for tree in trees for one in tree.iter(f"{SHEET}f", f"{SHEET}hyperlink", f"{SHEET}r")]


def of_cases(rows: Iterable[list[Any]], form: str) -> bytes:
    made = io.BytesIO()
    FORMATS[form][0](made, list(COLUMNS), iter(rows))
    return made.getvalue()


def of_figures(rows: Iterable[list[Any]]) -> bytes:
    made = io.BytesIO()
    book = Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet()
    for line, (text,) in enumerate(rows):
        write_text(sheet, line, 0, text)
    book.close()
    return made.getvalue()


@pytest.mark.parametrize("text", HOSTILE)
def test_in_a_workbook_it_is_text_that_every_reader_can_read(text: str):
    for content in (of_cases([[text]], "xlsx"), of_figures([[text]])):
        texts, others = read(content)
        assert others == []
        assert max(len(one.encode("utf-16-le")) // 2 for one in texts) <= LONGEST


@pytest.mark.parametrize("text", ["乐坪大道=中段", "<r>not markup</r>", "a<b>&c", "第一行\n第二行", "𠀀"])
def test_in_a_workbook_nothing_of_it_is_lost(text: str):
    for content in (of_cases([[text]], "xlsx"), of_figures([[text]])):
        assert text in [one.strip(" ") for one in read(content)[0]]


@pytest.mark.parametrize("text", HOSTILE)
def test_in_a_table_it_is_no_formula_and_one_cell(text: str):
    content = of_cases([[text]], "csv").decode("utf-8-sig")
    (_, (cell,)) = csv.reader(io.StringIO(content, newline=""))
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert "\0" not in cell


def test_only_what_could_be_a_formula_is_marked():
    assert csv_cell("=1+1") == "'=1+1"
    assert csv_cell("乐坪大道=中段") == "乐坪大道=中段"
    assert csv_cell(None) == ""
