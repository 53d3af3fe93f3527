"""The type of a function's result as far as its text tells (DMN 1.5, 10.3.2.9): for instance of and for parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workflows.feel import tree
from workflows.feel.types import ANY, NULL, SIMPLE, ContextType, FunctionType, ListType, RangeType, Type, type_of

Names = Mapping[str, Type]
_NUMBER, _STRING, _BOOLEAN = SIMPLE["number"], SIMPLE["string"], SIMPLE["boolean"]


def type_told(node: tree.Node, names: Names) -> Type:
    """Any where the text tells nothing. ``names`` are the parameters around."""
    tell = _TELL.get(type(node))
    return tell(node, names) if tell else ANY


def _common(*types: Type) -> Type:
    return types[0] if types and all(type == types[0] for type in types) else ANY


def _arithmetic(node: tree.Arithmetic, names: Names) -> Type:
    """Without nesting: a sum may have a thousand terms."""
    operators, types = set(), []
    leftmost: tree.Node = node
    while isinstance(leftmost, tree.Arithmetic):
        operators.add(leftmost.operator)
        types.append(type_told(leftmost.right, names))
        leftmost = leftmost.left
    common = _common(type_told(leftmost, names), *types)
    return common if common == _NUMBER or (common == _STRING and operators == {"+"}) else ANY


def _function(node: tree.FunctionOf, names: Names) -> Type:
    inner = {**names, **dict(node.parameters)}
    return FunctionType(tuple(type for _, type in node.parameters), type_told(node.body, inner))


def _context(node: tree.Context, _names: Names) -> Type:
    """An entry may have the name of a parameter, so that names tell nothing inside."""
    if node.result is not None:
        return type_told(node.result, {})
    return ContextType(tuple((key, type_told(value, {})) for key, value in node.entries))


_TELL: dict[type[tree.Node], Callable[[Any, Names], Type]] = {
    tree.Literal: lambda node, _: NULL if node.value is None else type_of(node.value),
    tree.Name: lambda node, names: names.get(node.name, ANY),
    tree.Arithmetic: _arithmetic,
    tree.Negate: lambda node, names: type_told(node.operand, names),
    **dict.fromkeys(
        (tree.Comparison, tree.Logic, tree.Between, tree.In, tree.InstanceOf), lambda _node, _names: _BOOLEAN
    ),
    tree.If: lambda node, names: _common(type_told(node.then, names), type_told(node.otherwise, names)),
    tree.ListOf: lambda node, names: ListType(_common(*(type_told(item, names) for item in node.items))),
    tree.Context: _context,
    tree.Range: lambda node, names: RangeType(_common(type_told(node.start, names), type_told(node.end, names))),
    tree.FunctionOf: _function,
}
