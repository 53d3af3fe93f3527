"""What somebody wrote, in the cells of spreadsheets: text, whatever it looks like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

LONGEST = 32_767  # units of UTF-16 that a cell holds
#: What begins a formula; where Chinese or Japanese is typed, the wide signs do too.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def csv_cell(value: Any) -> str:
    """No spreadsheet takes it for a formula: a text someone reported may begin with =."""
    text = _NO_XML.sub("", "" if value is None else str(value))
    return f"'{text}" if text.startswith(FORMULAS) else text


def write_text(sheet: Worksheet, row: int, column: int, text: str, form: Any = None) -> None:
    """A text in a cell, as far as a cell holds it and without what XML has no sign for."""
    text = _NO_XML.sub("", text)
    # What begins with it and ends likewise XlsxWriter writes down as it is, formulas in it included.
    text = f" {text}" if text.startswith("<r>") else text
    if len(text) * 2 > LONGEST:  # else it cannot be too long
        text = text.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")
    sheet.write_string(row, column, text, form)
