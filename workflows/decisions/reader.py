"""Reads a DMN file into a model, or tells everything that is wrong with it."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from workflows.decisions.errors import DmnError, Violation
from workflows.decisions.grammar import unsupported
from workflows.decisions.model import Decision, DecisionModel, LiteralExpression
from workflows.decisions.reading import Reading
from workflows.decisions.table_reader import TableReader
from workflows.decisions.type_reader import TypeReader
from workflows.decisions.xml import read_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.decisions.model import Logic
    from workflows.decisions.types import Clause
    from workflows.decisions.xml import Node


def parse_decisions(xml: bytes) -> DecisionModel:
    """The model of a DMN 1.1 to 1.5 file. Raises DmnError with every problem found."""
    definitions = read_xml(xml)
    reading = Reading(tuple(sorted(set(_names(definitions)))), list(unsupported(definitions)))
    model = _ModelReader(definitions, reading).read()
    if reading.problems:
        raise DmnError(reading.problems)
    return model


def _names(definitions: Node) -> Iterator[str]:
    """Every name an expression of the file may read; FEEL must know those with spaces beforehand."""
    for node in definitions.walk():
        if node.tag in {"inputData", "decision", "variable", "itemComponent", "output"} and node.get("name"):
            yield node.get("name")


def _variable(node: Node) -> Node:
    return node.first("variable") or node


class _ModelReader:
    def __init__(self, definitions: Node, reading: Reading) -> None:
        self._definitions = definitions
        self._reading = reading
        self._types = TypeReader(definitions, reading)
        self._inputs = {node.get("id"): self._input_data(node) for node in definitions.all("inputData")}
        self._nodes = self._by_id(definitions.all("decision"))

    def read(self) -> DecisionModel:
        decisions = {decision_id: self._decision(decision_id, node) for decision_id, node in self._nodes.items()}
        if not decisions:
            self._reading.problem(self._definitions, "文件中没有决策 (there is no decision in the file)")
        return DecisionModel(
            id=self._definitions.get("id") or self._definitions.get("name"),
            name=self._definitions.get("name") or self._definitions.get("id"),
            decisions={decision_id: decisions[decision_id] for decision_id in self._ordered(decisions)},
        )

    def _by_id(self, nodes: list[Node]) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for node in nodes:
            decision_id = node.get("id") or node.get("name")
            if not decision_id or decision_id in found:
                self._reading.problem(node, f"决策标识缺失或重复：“{decision_id}” (a decision needs an id of its own)")
            found[decision_id] = node
        return found

    def _input_data(self, node: Node) -> Clause:
        variable = _variable(node)
        name = variable.get("name") or node.get("name")
        return self._types.clause(node, name, variable.get("typeRef"), None, Violation.INPUT_NOT_ALLOWED)

    def _decision(self, decision_id: str, node: Node) -> Decision:
        name = node.get("name") or decision_id
        return Decision(
            id=decision_id,
            name=name,
            result_name=_variable(node).get("name") or name,
            logic=self._logic(node, name),
            inputs=tuple(self._inputs[each] for each in self._required(node, "requiredInput", self._inputs)),
            requires=tuple(self._required(node, "requiredDecision", self._nodes)),
        )

    def _logic(self, node: Node, name: str) -> Logic:
        if table := node.first("decisionTable"):
            return TableReader(table, name, self._reading, self._types).read()
        literal = node.first("literalExpression")
        text = literal.content() if literal else ""
        if not text and next(unsupported(node), None) is None:
            self._reading.problem(node, f"决策“{name}”没有内容 (the decision has no logic)")
        return LiteralExpression(
            self._reading.expression(literal or node, f"决策“{name}” (literal expression)", text or "null")
        )

    def _required(self, node: Node, kind: str, known: dict[str, Clause] | dict[str, Node]) -> Iterator[str]:
        for requirement in node.all("informationRequirement"):
            for reference in requirement.all(kind):
                target = reference.get("href").removeprefix(self._definitions.get("namespace")).removeprefix("#")
                if target in known:
                    yield target
                else:
                    self._reading.problem(
                        requirement, f"找不到所需的“{reference.get('href')}” (required, but not there)"
                    )

    def _ordered(self, decisions: dict[str, Decision]) -> list[str]:
        graph = {decision.id: decision.requires for decision in decisions.values()}
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = " → ".join(error.args[1])
            self._reading.problem(self._definitions, f"决策互相依赖成环：{circle} (decisions require each other)")
            return list(decisions)
