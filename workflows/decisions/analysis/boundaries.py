"""Where the truth of a cell can change: the values that its text compares the input with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workflows.decisions.analysis.axes import kind_of
from workflows.feel import Expression, FeelBudgetExceeded, tree
from workflows.feel.builtins import BUILTINS
from workflows.feel.values import Range

if TYPE_CHECKING:
    from workflows.feel import UnaryTests

STEPS = 10_000  # of FEEL, for what a cell is compared with, for one answer of it, or for all samples
_TEXT_TESTS = {"starts with", "ends with", "contains"}


@dataclass(frozen=True, slots=True)
class Boundaries:
    """``plain``: between the ``values`` the answer is the same for all inputs of one kind.

    ``closed``: the answer rests on the input alone, so that asking the cell tells it for one input at least.
    ``problems``: why something the input is compared with has no value.
    """

    plain: bool
    closed: bool
    values: tuple[Any, ...]
    problems: tuple[str, ...] = ()


def boundaries(tests: UnaryTests) -> Boundaries:
    if tests.names or any(_is_volatile(node) for node in tree.walk(tests.tree)):
        return Boundaries(plain=False, closed=False, values=())
    reader = _Reader()
    try:
        reader.unary_tests(tests.tree)
    except FeelBudgetExceeded:
        reader.plain = False
    return Boundaries(reader.plain, closed=True, values=tuple(reader.values), problems=tuple(reader.problems))


class _Reader:
    """Notes the values, and whether something was met that is not plain."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.problems: list[str] = []
        self.plain = True

    def unary_tests(self, node: tree.Node) -> None:
        for test in node.tests if isinstance(node, tree.UnaryTests) else ():
            if not test.asks_input:
                self._operand(test.operand, ordered=test.operator[:1] in {"<", ">"})
            elif test.operator:
                self.plain = False
            else:
                self._condition(test.operand)

    def _condition(self, node: tree.Node) -> None:
        """A boolean expression over ``?``."""
        match node:
            case tree.Input():
                self.values.append(True)
            case tree.Logic(operands=operands):
                for each in operands:
                    self._condition(each)
            case tree.Call(callee=tree.Name(name="not"), positional=(operand,)):
                self._condition(operand)
            case (
                tree.Comparison(operator=operator, left=tree.Input(), right=other)
                | tree.Comparison(operator=operator, left=other, right=tree.Input())
            ):
                self._operand(other, ordered=operator[0] in "<>", whole=True)
            case tree.Between(value=tree.Input(), low=low, high=high):
                self._operand(low, ordered=True)
                self._operand(high, ordered=True)
            case tree.In(value=tree.Input(), tests=tests):
                for test in tests:
                    self._operand(test.operand, ordered=test.operator[:1] in {"<", ">"})
            case tree.Call(callee=tree.Name(name="list contains"), positional=(items, tree.Input())):
                self._operand(items, ordered=False)
            case _:
                self._other(node)

    def _other(self, node: tree.Node) -> None:
        if _asks_input(node):
            self.plain = False
            match node:
                case tree.Call(callee=tree.Name(name=name), positional=(tree.Input(), part)) if name in _TEXT_TESTS:
                    self._operand(part, ordered=False)  # it is a good example of what it finds

    def _operand(self, node: tree.Node, *, ordered: bool, whole: bool = False) -> None:
        """What the input is compared with; `whole`: of a list with itself, and not with what is in it."""
        if _asks_input(node):
            self.plain = False
            return
        value, warnings = Expression("", node).evaluate({}, budget=STEPS)
        if value is None and warnings:
            self.problems.append(warnings[0].text)
        else:
            self.plain &= not (whole and type(value) in {list, Range})
            self._value(value, ordered=ordered)

    def _value(self, value: Any, *, ordered: bool) -> None:
        if type(value) is list:
            for each in value:
                self._value(each, ordered=ordered)
        elif type(value) is Range:
            for end in (value.start, value.end):
                self._value(end, ordered=True)
        elif kind_of(value) is None:
            self.plain = False
        elif value is not None or not ordered:
            self.values.append(value)
            # Texts can be ordered, but there is no telling what lies between two of them.
            self.plain &= not (ordered and type(value) is str)


def _asks_input(node: tree.Node) -> bool:
    return any(isinstance(each, tree.Input) for each in tree.walk(node))


def _is_volatile(node: tree.Node) -> bool:
    """Whether it calls what looks at a clock or a calendar."""
    match node:
        case tree.Call(callee=tree.Name(name=name)) if name in BUILTINS:
            return BUILTINS[name].volatile
    return False
