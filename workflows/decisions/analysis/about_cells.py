"""Findings about single cells and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.decisions.analysis import texts
from workflows.decisions.analysis.axes import type_name
from workflows.decisions.analysis.domain import TYPES
from workflows.decisions.analysis.findings import Finding, Kind, severity
from workflows.decisions.analysis.masks import bits
from workflows.decisions.analysis.space import column_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.decisions.analysis.space import Cell, Dimension, Space


def cell_findings(space: Space) -> Iterator[Finding]:
    for each in space.dimensions:
        yield from _mismatch(space, each)
        for cell in each.cells:
            yield from _broken(space, each, cell)
            if not cell.mask.may:
                yield from _empty(space, each, cell)
            elif cell.mask.plain and each.limited:
                yield from _not_allowed(space, each, cell)


def opaque_note(space: Space) -> Iterator[str]:
    """Which cells could not be looked into."""
    for each in space.dimensions:
        rows = sum(cell.rows for cell in each.cells if not cell.mask.plain)
        if rows:
            who = texts.rules(space.rules(bits(rows)))
            yield (
                f"{who.zh} 的“{each.name}”条件依赖其他变量、函数或文字的排序，只作了部分分析 "
                f"(conditions of {who.en} on {each.name} rest on other variables, functions or the order of texts; "
                "they are analysed in part only)"
            )


def _mismatch(space: Space, dimension: Dimension) -> Iterator[Finding]:
    declared = next((column.type for column in dimension.columns if column.type in TYPES), None)
    written = {type_name(kind) for kind in dimension.kinds}
    if declared is not None and written and declared not in written:
        kinds = "、".join(sorted(written))
        text = (
            f"“{dimension.name}”声明为 {declared}，条件却按 {kinds} 写 "
            f"({dimension.name} is declared {declared}, but its conditions are for {kinds})"
        )
        yield from _finding(space, dimension, Kind.TYPE_MISMATCH, 0, text)


def _empty(space: Space, dimension: Dimension, cell: Cell) -> Iterator[Finding]:
    who, what = texts.rules(space.rules(bits(cell.rows))), " 与 ".join(text for text in cell.texts if text)
    values = texts.Both("允许的值", "allowed value") if dimension.limited else texts.Both("值", "value")
    text = (
        f"没有任何{values.zh}满足 {who.zh} 的“{dimension.name}”条件 {what}，因此永不命中 "
        f"(no {values.en} of {dimension.name} satisfies {what}: {who.en} can never fire)"
    )
    yield from _finding(space, dimension, Kind.EMPTY_TEST, cell.rows, text)


def _broken(space: Space, dimension: Dimension, cell: Cell) -> Iterator[Finding]:
    for text in filter(None, cell.texts):
        for problem in space.bounds[text].problems[:1]:
            who = texts.rules(space.rules(bits(cell.rows)))
            said = (
                f"{who.zh} 的“{dimension.name}”条件 {text} 无法求值 "
                f"(the condition {text} of {who.en} on {dimension.name} has no value)：{problem}"
            )
            yield from _finding(space, dimension, Kind.BROKEN_TEST, cell.rows, said)


def _not_allowed(space: Space, dimension: Dimension, cell: Cell) -> Iterator[Finding]:
    named = [value for text in cell.texts if text for value in space.bounds[text].values if type(value) is str]
    strange = [
        value
        for value in named
        if (places := dimension.domain.places_of([value]))
        and not any(1 << place & dimension.allowed.may for place in places)
    ]
    if strange:
        who, what = texts.rules(space.rules(bits(cell.rows))), "、".join(texts.shown(value) for value in strange)
        text = (
            f"{who.zh} 的“{dimension.name}”条件写有 {what}，不在允许值之内 "
            f"(not among the allowed values of {dimension.name}: {what} in {who.en})"
        )
        yield from _finding(space, dimension, Kind.NOT_ALLOWED, cell.rows, text)


def _finding(space: Space, dimension: Dimension, kind: Kind, rows: int, text: str) -> Iterator[Finding]:
    how = severity(kind, space.grid, certain=True)
    if how is not None:
        rules, columns = space.rules(bits(rows)), column_ids([dimension])
        yield Finding(kind, how, certain=True, rules=rules, columns=columns, example={}, text=text)
