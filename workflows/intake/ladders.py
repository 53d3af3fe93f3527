"""Ladders among decision tables: what their rungs name must be there when they fire, and no two are one level."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from workflows.decisions.examining import at_once
from workflows.engine.references import Reference
from workflows.feel.tree import Literal
from workflows.intake.rules import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.decisions import DecisionModel
    from workflows.decisions.table import DecisionTable, Rule
    from workflows.engine import Finding

# A table with these outputs gives the rungs of a ladder.
RUNG = {"level", "at", "role"}
NAMES = {"role": "role", "process": "started"}


def ladder_references(model: DecisionModel) -> Iterator[Reference]:
    """The roles and processes that the rungs of a file's ladders name as plain texts."""
    for table, columns in _ladders(model):
        for rule in table.rules:
            for column, cell in zip(columns, rule.outputs, strict=True):
                kind = NAMES.get(column)
                if kind and isinstance(cell.node, Literal) and isinstance(cell.node.value, str):
                    yield Reference(kind, rule.id, table.name, cell.node.value)


def ladder_findings(model: DecisionModel) -> Iterator[Finding]:
    """Rungs of one level that surely come together: a clock that meets them could not start."""
    for table, columns in _ladders(model):
        levels: dict[str, list[Rule]] = defaultdict(list)
        for rule in table.rules:
            cell = rule.outputs[columns.index("level")]
            if isinstance(cell.node, Literal):
                levels[str(cell.node.value)].append(rule)
        for level, rules in levels.items():
            for text in at_once(model, table, rules) if len(rules) > 1 else ():
                yield finding("rungs-overlap", rules[-1].id, table.name, level=level, what=text)


def _ladders(model: DecisionModel) -> Iterator[tuple[DecisionTable, list[str]]]:
    """The tables that give rungs, and what their outputs are called."""
    for table in model.tables:
        columns = [output.clause.name or "" for output in table.outputs]
        if set(columns) >= RUNG:
            yield table, columns
