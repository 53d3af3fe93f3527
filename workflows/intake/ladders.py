"""Ladders among decision tables: what their rungs name must be there when they fire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.engine.references import Reference
from workflows.feel.tree import Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.decisions import DecisionModel

# A table with these outputs gives the rungs of a ladder.
RUNG = {"level", "at", "role"}
NAMES = {"role": "role", "process": "started"}


def ladder_references(model: DecisionModel) -> Iterator[Reference]:
    """The roles and processes that the rungs of a file's ladders name as plain texts."""
    for table in model.tables:
        columns = [output.clause.name for output in table.outputs]
        if not set(columns) >= RUNG:
            continue
        for rule in table.rules:
            for column, cell in zip(columns, rule.outputs, strict=True):
                kind = NAMES.get(column or "")
                if kind and isinstance(cell.node, Literal) and isinstance(cell.node.value, str):
                    yield Reference(kind, rule.id, table.name, cell.node.value)
