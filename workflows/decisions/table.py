"""The decision table, as a node of FEEL's tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from workflows.feel import tree

if TYPE_CHECKING:
    from workflows.decisions.types import Clause

AnyNode = TypeVar("AnyNode", bound=tree.Node)


class Cell(NamedTuple, Generic[AnyNode]):
    """The text of a cell and what it means."""

    text: str
    node: AnyNode


class Input(NamedTuple):
    """One column of conditions; `text` is its expression as it is written."""

    clause: Clause
    text: str
    expression: tree.Node


class Output(NamedTuple):
    """`label` is what people read over its column; `order` lists the allowed values, best first, for PRIORITY and
    OUTPUT ORDER.
    """

    clause: Clause
    label: str
    default: tree.Node | None
    order: tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A test that is `-` is None."""

    id: str
    index: int
    tests: tuple[Cell[tree.UnaryTests] | None, ...]
    outputs: tuple[Cell[tree.Node], ...]


@dataclass(frozen=True, slots=True, eq=False)
class DecisionTable(tree.Node):
    name: str
    hit_policy: str
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
