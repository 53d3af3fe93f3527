"""A decision table as the analysis sees it: columns of inputs, rows of unary tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflows.feel import UnaryTests


@dataclass(frozen=True, slots=True)
class Column:
    """An input clause. ``type`` is a FEEL type name, ``""`` where none is declared.

    ``reads`` is the variable or path (``a.b``) that the input expression is, None for a computed expression.
    """

    id: str
    name: str
    reads: str | None
    type: str
    allowed: UnaryTests | None


@dataclass(frozen=True, slots=True)
class Row:
    """A rule: one test per column, None for ``-``. ``index`` counts from 1.

    ``rank`` orders the outputs of PRIORITY and OUTPUT ORDER, smaller wins; None where it depends on data.
    ``outputs`` are the texts of the output cells.
    """

    id: str
    index: int
    tests: tuple[UnaryTests | None, ...]
    rank: tuple[int, ...] | None = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """``hit_policy`` is one of UNIQUE, FIRST, ANY, PRIORITY, RULE ORDER, OUTPUT ORDER, COLLECT."""

    id: str
    name: str
    hit_policy: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    has_default: bool = False
