"""Reads a decision table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.decisions.errors import Violation
from workflows.decisions.hit_policies import AGGREGATIONS, HIT_POLICIES
from workflows.decisions.table import Cell, DecisionTable, Input, Output, Rule
from workflows.decisions.types import allowed_by
from workflows.feel import Expression, FeelBudgetExceeded
from workflows.feel.errors import Position

if TYPE_CHECKING:
    from workflows.decisions.reading import Reading
    from workflows.decisions.type_reader import TypeReader
    from workflows.decisions.types import Clause
    from workflows.decisions.xml import Node
    from workflows.feel import tree
    from workflows.feel.names import Vocabulary


class TableReader:
    """Reads one <decisionTable>. `name` tells people whose it is, `words` what the words of its texts mean."""

    def __init__(self, node: Node, name: str, reading: Reading, types: TypeReader, words: Vocabulary) -> None:
        self._node = node
        self._name = name
        self._table = f"决策表“{name}”"
        self._reading = reading
        self._types = types
        self._words = words
        self._policy = self._hit_policy()

    def read(self) -> DecisionTable:
        aggregation = self._aggregation()
        inputs = tuple(self._input(node, column) for column, node in enumerate(self._node.all("input"), 1))
        outputs = self._outputs()
        read = [self._rule(node, index, inputs, outputs) for index, node in enumerate(self._node.all("rule"), 1)]
        rules = tuple(rule for rule in read if rule is not None)
        for what, there in (("输出 (no output)", outputs), ("规则 (no rule)", read)):
            if not there:
                self._reading.problem(self._node, f"{self._table}没有{what}")
        table = DecisionTable(
            at=Position(0, 0, self._node.id),
            name=self._name,
            hit_policy=self._policy,
            aggregation=aggregation,
            inputs=inputs,
            outputs=outputs,
            rules=rules,
        )
        self._reading.tables.append(table)
        return table

    def _hit_policy(self) -> str:
        name = self._node.get("hitPolicy") or "UNIQUE"
        if name in HIT_POLICIES:
            return name
        known = "、".join(HIT_POLICIES)
        self._reading.problem(self._node, f"没有命中策略“{name}”，只有 {known} (no such hit policy)")
        return "UNIQUE"

    def _aggregation(self) -> str:
        aggregation = self._node.get("aggregation")
        if aggregation and aggregation not in AGGREGATIONS:
            self._reading.problem(
                self._node, f"没有聚合“{aggregation}”，只有 {'、'.join(AGGREGATIONS)} (no such aggregation)"
            )
        if aggregation and self._policy != "COLLECT":
            self._reading.problem(self._node, f"只有 COLLECT 可以聚合 (only COLLECT aggregates, not {self._policy})")
        if aggregation and len(self._node.all("output")) > 1:
            self._reading.problem(self._node, "聚合只能有一个输出 (an aggregation has one output)")
        return aggregation if aggregation in AGGREGATIONS else ""

    def _input(self, node: Node, column: int) -> Input:
        expression = node.first("inputExpression")
        text = expression.content() if expression else ""
        name = node.get("label") or text or str(column)
        where = f"{self._table}第 {column} 列“{name}” (input {column})"
        if expression is None or not text:
            self._reading.problem(node, f"{where}：缺少输入表达式 (the input expression is empty)")
        source = expression or node
        return Input(
            self._types.clause(
                node, name, source.get("typeRef"), node.first("inputValues"), Violation.INPUT_NOT_ALLOWED
            ),
            text,
            self._reading.expression(source, where, self._words, text or "null"),
        )

    def _outputs(self) -> tuple[Output, ...]:
        nodes = self._node.all("output")
        names = [node.get("name") for node in nodes]
        if len(nodes) > 1 and (not all(names) or len(set(names)) < len(names)):
            self._reading.problem(self._node, "多个输出须各有不同的名称 (several outputs need names, each its own)")
        outputs = tuple(map(self._output, nodes))
        if HIT_POLICIES[self._policy].needs_order and not any(output.order for output in outputs):
            self._reading.problem(self._node, f"{self._policy} 须列出输出值的先后 (needs output values in their order)")
        return outputs

    def _output(self, node: Node) -> Output:
        name = node.get("name") or node.get("label") or self._name
        where = f"{self._table}输出“{name}” (output)"
        default = node.first("defaultOutputEntry")
        clause = self._types.clause(
            node, name, node.get("typeRef"), node.first("outputValues"), Violation.OUTPUT_NOT_ALLOWED
        )
        return Output(
            clause,
            node.get("label") or name,
            self._reading.expression(default, where, self._words) if default and default.content() else None,
            self._order(node, where, clause),
        )

    def _order(self, node: Node, where: str, clause: Clause) -> tuple[Any, ...]:
        """The allowed values as a list, its first the most important."""
        values = clause.tests or allowed_by(clause.type)
        if values is None or not HIT_POLICIES[self._policy].needs_order:
            return ()
        text = f"[{values.text}]"
        listed = Expression(text, self._reading.expression(node, where, self._words, text))
        try:
            return tuple(listed.evaluate({}).value or ())
        except FeelBudgetExceeded as error:
            self._reading.problem(node, f"{where}：{error}")
            return ()

    def _rule(self, node: Node, index: int, inputs: tuple[Input, ...], outputs: tuple[Output, ...]) -> Rule | None:
        entries, results = node.all("inputEntry"), node.all("outputEntry")
        if len(entries) != len(inputs) or len(results) != len(outputs):
            self._reading.problem(
                node,
                f"{self._table}规则 {index} 有 {len(entries)} 个条件、{len(results)} 个结果，"
                f"应为 {len(inputs)} 和 {len(outputs)} (rule {index} does not have one cell per column)",
            )
            return None
        return Rule(
            id=node.get("id") or f"{self._node.id}:{index}",
            index=index,
            tests=tuple(
                self._test(entry, self._cell(index, each.clause.name))
                for entry, each in zip(entries, inputs, strict=True)
            ),
            outputs=tuple(
                self._result(entry, self._cell(index, each.clause.name))
                for entry, each in zip(results, outputs, strict=True)
            ),
        )

    def _test(self, node: Node, where: str) -> Cell[tree.UnaryTests] | None:
        tests = self._reading.tests(node, where, self._words)
        return None if tests is None else Cell(node.content(), tests)

    def _result(self, node: Node, where: str) -> Cell[tree.Node]:
        text = node.content() or "null"
        return Cell(text, self._reading.expression(node, where, self._words, text))

    def _cell(self, rule: int, column: str) -> str:
        return f"{self._table}规则 {rule} 列“{column}” (rule {rule}, column {column!r})"
