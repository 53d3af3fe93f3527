"""The tables of a model as the analysis sees them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from workflows.decisions.analysis import STEPS, Analysis, Column, Grid, Kind, Row, analyse
from workflows.decisions.hit_policies import place_of
from workflows.decisions.types import allowed_by
from workflows.feel import Expression, FeelBudgetExceeded, Run, UnaryTests, tree
from workflows.feel.types import ANY, Simple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workflows.decisions.model import Decision, DecisionModel
    from workflows.decisions.table import Cell, DecisionTable, Input, Output, Rule
    from workflows.feel.types import Type


class Examined(NamedTuple):
    """One table and what was found."""

    table: DecisionTable
    analysis: Analysis


def examine(model: DecisionModel, steps: int = STEPS) -> Iterator[Examined]:
    """Every decision table of the model, wherever it stands: overlaps, gaps, rules that never fire.

    `steps` bound the search in each table.
    """
    known = {id(each.table): _known(each) for each in model.decisions.values()}
    for table in model.tables:
        yield Examined(table, analyse(_grid(table, known.get(id(table), {})), steps=steps))


def at_once(model: DecisionModel, table: DecisionTable, rules: Sequence[Rule]) -> list[str]:
    """What says that several of these rules of a table surely match one input, whatever its hit policy allows."""
    known = next((_known(each) for each in model.decisions.values() if each.table is table), {})
    ids = {each.id for each in rules}
    grid = _grid(table, known)
    alone = replace(grid, hit_policy="UNIQUE", rows=tuple(row for row in grid.rows if row.id in ids))
    clashes = {Kind.OVERLAP, Kind.DUPLICATE}
    return [found.text for found in analyse(alone).findings if found.kind in clashes and found.severity == "error"]


def _known(decision: Decision) -> dict[str, Type]:
    """What is declared of the variables that a decision reads, where its table does not repeat it."""
    inputs = {each.element.name: each.element.type for each in decision.inputs if not each.prefix}
    return inputs | {each.element.result_name: each.element.type for each in decision.requires if not each.prefix}


def _grid(table: DecisionTable, known: Mapping[str, Type]) -> Grid:
    return Grid(
        id=table.at.element_id,
        name=table.name,
        hit_policy=table.hit_policy,
        columns=tuple(_column(each, known) for each in table.inputs),
        rows=tuple(
            Row(
                id=rule.id,
                index=rule.index,
                tests=tuple(None if each is None else UnaryTests(each.text, each.node) for each in rule.tests),
                rank=_ranks(table, rule),
                outputs=tuple(cell.text for cell in rule.outputs),
            )
            for rule in table.rules
        ),
        has_default=any(each.default for each in table.outputs),
    )


def _column(column: Input, known: Mapping[str, Type]) -> Column:
    clause, reads = column.clause, _path(column.expression)
    type = known.get(reads or "", ANY) if clause.type is ANY else clause.type
    resolved = type.resolved()
    return Column(
        id=clause.id,
        name=clause.name,
        reads=reads,
        type=str(resolved) if isinstance(resolved, Simple) else "",
        allowed=clause.tests or allowed_by(type),
    )


def _path(node: tree.Node) -> str | None:
    if isinstance(node, tree.Name):
        return node.name
    if isinstance(node, tree.Path) and (base := _path(node.base)):
        return f"{base}.{node.name}"
    return None


def _ranks(table: DecisionTable, rule: Rule) -> tuple[int, ...] | None:
    ranks = [_rank(output, cell) for output, cell in zip(table.outputs, rule.outputs, strict=True)]
    known = tuple(rank for rank in ranks if rank is not None)
    return known if len(known) == len(ranks) else None


def _rank(output: Output, cell: Cell[Any]) -> int | None:
    """The place of an output among the allowed values, which are in their order; None where it depends on data."""
    if not output.order:
        return 0
    try:
        expression = Expression(cell.text, cell.node)
        value, warnings = expression.evaluate({})
        return None if expression.names or warnings else place_of(value, output.order, Run())
    except FeelBudgetExceeded:
        return None
