"""Reads boxed expressions (DMN 1.5, 10.2.2) as trees of FEEL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workflows.decisions.boxed import Truth, Typed
from workflows.decisions.table_reader import TableReader
from workflows.feel import tree
from workflows.feel.errors import Position
from workflows.feel.types import ANY

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.decisions.reading import Reading
    from workflows.decisions.type_reader import TypeReader
    from workflows.decisions.xml import Node
    from workflows.feel.names import Vocabulary
    from workflows.feel.types import Type


def _at(node: Node) -> Position:
    return Position(0, 0, node.id)


class BoxedReader:
    """`where` names for people what the expression gives; the vocabulary tells what its words mean there."""

    def __init__(self, reading: Reading, types: TypeReader) -> None:
        self._reading = reading
        self._types = types

    def inside(self, node: Node, where: str, words: Vocabulary) -> tree.Node | None:
        """The one expression among an element's children."""
        found = next((child for child in node.children if child.tag in self._KINDS), None)
        return None if found is None else self.read(found, where, words)

    def read(self, node: Node, where: str, words: Vocabulary) -> tree.Node:
        value = self._KINDS[node.tag](self, node, where, words)
        return self.typed(value, self._types.type(node.get("typeRef"), node), where)

    @staticmethod
    def typed(value: tree.Node, type: Type, what: str) -> tree.Node:
        return value if type is ANY else Typed(value.at, value, type, what)

    def function(self, node: Node, where: str, words: Vocabulary) -> tree.FunctionOf:
        """Of <functionDefinition> or <encapsulatedLogic>."""
        if node.get("kind") not in {"", "FEEL"}:
            self._reading.problem(
                node,
                f"“{where}”：函数只能用 FEEL 写，不运行 {node.get('kind')} (functions are FEEL, no host code)",
            )
        parameters = tuple(
            (each.get("name"), self._types.type(each.get("typeRef"), each)) for each in node.all("formalParameter")
        )
        inner = words.inside(name for name, _ in parameters)
        return tree.FunctionOf(_at(node), parameters, self._needed(node, where, inner))

    def _needed(self, node: Node, where: str, words: Vocabulary) -> tree.Node:
        value = self.inside(node, where, words)
        if value is None:
            self._reading.problem(node, f"“{where}”：<{node.tag}> 没有内容 (has no expression)")
        return value or tree.Literal(_at(node), None)

    def _part(self, node: Node, tag: str, where: str, words: Vocabulary) -> tree.Node:
        part = node.first(tag)
        if part is None:
            self._reading.problem(node, f"“{where}”：<{node.tag}> 缺少 <{tag}> (is missing)")
            return tree.Literal(_at(node), None)
        return self._needed(part, where, words)

    def _literal(self, node: Node, where: str, words: Vocabulary) -> tree.Node:
        if not node.content():
            self._reading.problem(node, f"“{where}”没有内容 (the expression is empty)")
            return tree.Literal(_at(node), None)
        return self._reading.expression(node, f"“{where}”的表达式 (literal expression)", words)

    def _table(self, node: Node, where: str, words: Vocabulary) -> tree.Node:
        return TableReader(node, where, self._reading, self._types, words).read()

    def _context(self, node: Node, where: str, words: Vocabulary) -> tree.Node:
        entries: dict[str, tree.Node] = {}
        result: tree.Node | None = None
        words = words.inside(())
        for entry in node.all("contextEntry"):
            variable = entry.first("variable")
            if variable is None and result is not None:
                self._reading.problem(entry, f"“{where}”：结果只能有一个 (there may be one result)")
            if variable is None:
                result = self._needed(entry, where, words)
                continue
            name = variable.get("name")
            if result is not None or name in entries:
                self._reading.problem(entry, f"“{where}”：条目“{name}”重复，或在结果之后 (twice, or after the result)")
            value = self._needed(entry, f"{where}.{name}", words)
            entries[name] = self.typed(value, self._types.type(variable.get("typeRef"), variable), name)
            words = words.inside((name,))
        return tree.Context(_at(node), tuple(entries.items()), result)

    def _relation(self, node: Node, where: str, words: Vocabulary) -> tree.Node:
        columns = [(each.get("name"), self._types.type(each.get("typeRef"), each)) for each in node.all("column")]
        rows = []
        for number, row in enumerate(node.all("row"), 1):
            cells = [self.read(each, f"{where}[{number}]", words) for each in row.children if each.tag in self._KINDS]
            if len(cells) != len(columns):
                self._reading.problem(
                    row,
                    f"“{where}”第 {number} 行有 {len(cells)} 格，应为 {len(columns)} (row {number}: a cell per column)",
                )
            entries = tuple(
                (name, self.typed(cell, type, name)) for (name, type), cell in zip(columns, cells, strict=False)
            )
            rows.append(tree.Context(_at(row), entries))
        return tree.ListOf(_at(node), tuple(rows))

    def _list(self, node: Node, where: str, words: Vocabulary) -> tree.Node:
        items = [self.read(each, where, words) for each in node.children if each.tag in self._KINDS]
        return tree.ListOf(_at(node), tuple(items))

    def _invocation(self, node: Node, where: str, words: Vocabulary) -> tree.Node:
        named = []
        for binding in node.all("binding"):
            parameter = binding.first("parameter") or binding
            name = parameter.get("name")
            value = self.inside(binding, f"{where}({name})", words) or tree.Literal(_at(binding), None)
            named.append((name, self.typed(value, self._types.type(parameter.get("typeRef"), parameter), name)))
        return tree.Call(_at(node), self._needed(node, where, words), (), tuple(named))

    def _conditional(self, node: Node, where: str, words: Vocabulary) -> tree.Node:
        condition, then, otherwise = (self._part(node, tag, where, words) for tag in ("if", "then", "else"))
        chosen = tree.If(_at(node), Truth(condition.at, condition), then, otherwise)
        return Typed(chosen.at, chosen, ANY, where)

    def _filter(self, node: Node, where: str, words: Vocabulary) -> tree.Node:
        match = replace(words, in_filter=True)
        return tree.Filter(_at(node), self._part(node, "in", where, words), self._part(node, "match", where, match))

    def _iteration(self, node: Node, where: str, words: Vocabulary) -> tree.Node:
        name, body = node.get("iteratorVariable"), "return" if node.tag == "for" else "satisfies"
        if not name:
            self._reading.problem(node, f"“{where}”：<{node.tag}> 缺少 iteratorVariable (names no variable)")
        source, each = self._source(node, where, words), self._part(node, body, where, words.inside((name,)))
        if node.tag != "for":
            each = Truth(each.at, each)
        return tree.Iteration(_at(node), node.tag, ((name, source),), each)

    def _source(self, node: Node, where: str, words: Vocabulary) -> tree.Node:
        """What follows `in` may count, as 1..5 does."""
        part = node.first("in")
        text = part.first("literalExpression") if part else None
        if text is None or ".." not in text.content() or text.get("typeRef"):
            return self._part(node, "in", where, words)
        return self._reading.iterated(text, f"“{where}”的表达式 (literal expression)", words)

    _KINDS: dict[str, Callable[[BoxedReader, Node, str, Vocabulary], tree.Node]] = {  # noqa: RUF012 never changed
        "literalExpression": _literal,
        "decisionTable": _table,
        "context": _context,
        "relation": _relation,
        "list": _list,
        "invocation": _invocation,
        "functionDefinition": function,
        "conditional": _conditional,
        "filter": _filter,
        "for": _iteration,
        "some": _iteration,
        "every": _iteration,
    }
