"""What FEEL means, said as directly as can be: a walk over the tree with plain dicts for scopes.

It shares values, operators and built-in functions with the engine, and nothing of how the engine compiles.
"""

# ruff: noqa: ARG002, N802 each method is named as the node whose meaning it is
from __future__ import annotations

from decimal import Decimal

from workflows.feel import arithmetic, operators, tree
from workflows.feel.builtins import BUILTINS
from workflows.feel.errors import FeelBudgetExceeded, NoValue
from workflows.feel.types import ANY, FunctionType
from workflows.feel.values import NUMBERS, Date, Range
from workflows.feel.values.functions import Function, Invocable
from workflows.feel.values.numbers import whole
from workflows.feel.values.properties import PROPERTIES
from workflows.feel.values.python import from_python
from workflows.feel.values.temporal_text import parse_temporal

MAX_COUNTED = 100_000
OPERATIONS = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "**": arithmetic.power,
}


class Interpreter:
    """``scopes`` are dicts, the innermost last; each is all that a name can mean at its level."""

    def __init__(self, run):
        self.run = run

    def value(self, node, scopes):
        """Null where the meaning of the node is that there is no value."""
        try:
            return from_python(getattr(self, type(node).__name__)(node, scopes))
        except NoValue:
            return None

    def values(self, nodes, scopes):
        return [self.value(node, scopes) for node in nodes]

    # What stands for itself.

    def Literal(self, node, scopes):
        return node.value

    def TemporalLiteral(self, node, scopes):
        return parse_temporal(node.text)

    def Input(self, node, scopes):
        return self.run.input

    def ListOf(self, node, scopes):
        return self.values(node.items, scopes)

    def Range(self, node, scopes):
        start, end = self.values((node.start, node.end), scopes)
        operators.check_ends(start, end)
        return Range(start, end, node.start_included, node.end_included)

    def HalfRange(self, node, scopes):
        end = self.value(node.operand, scopes)
        operators.check_ends(end, end)
        return {
            "=": Range(end, end, start_included=True, end_included=True),
            "<": Range(None, end, start_included=False, end_included=False),
            "<=": Range(None, end, start_included=False, end_included=True),
            ">": Range(end, None, start_included=False, end_included=False),
            ">=": Range(end, None, start_included=True, end_included=False),
        }[node.operator]

    def Context(self, node, scopes):
        keys = [key for key, _ in node.entries]
        if len(set(keys)) < len(keys):
            return None
        context = {}
        for key, entry in node.entries:
            known = dict(context)
            context[key] = self.value(entry, [*scopes, known])
            if isinstance(entry, tree.FunctionOf):
                known[key] = context[key]  # it can call itself
        return context if node.result is None else self.value(node.result, [*scopes, context])

    # Names.

    def Name(self, node, scopes):
        for scope in reversed(scopes):
            if node.name in scope:
                return scope[node.name]
        return BUILTINS.get(node.name)

    def Path(self, node, scopes):
        return self.member(self.value(node.base, scopes), node.name)

    def member(self, value, name):
        value = from_python(value)
        if isinstance(value, list):
            return [self.member_or_null(item, name) for item in value]
        if isinstance(value, dict):
            return from_python(value.get(name))
        read = PROPERTIES.get(type(value), {}).get(name)
        return read(value) if read else None

    def member_or_null(self, value, name):
        try:
            return self.member(value, name)
        except NoValue:
            return None

    # Calculating and comparing.

    def Negate(self, node, scopes):
        return arithmetic.negate(self.value(node.operand, scopes))

    def Arithmetic(self, node, scopes):
        left, right = self.values((node.left, node.right), scopes)
        return OPERATIONS[node.operator](left, right)

    def Comparison(self, node, scopes):
        left, right = self.values((node.left, node.right), scopes)
        return self.compare(node.operator, left, right)

    def compare(self, operator, left, right):
        if operator in {"=", "!="}:
            same = operators.equal(left, right, self.run)
            return same if operator == "=" or same is None else not same
        if operator in {">", ">="}:
            left, right = right, left
        return (operators.less_or_equal if "=" in operator else operators.less)(left, right)

    def Between(self, node, scopes):
        value, low, high = self.values((node.value, node.low, node.high), scopes)
        return self.all([self.truth("<=", low, value), self.truth("<=", value, high)])

    def truth(self, operator, left, right):
        try:
            return self.compare(operator, left, right)
        except NoValue:
            return None

    def all(self, truths):
        """Conjunction of DMN 1.5, table 50; what is no boolean is null."""
        if any(truth is False for truth in truths):
            return False
        return True if all(truth is True for truth in truths) else None

    def any(self, truths):
        if any(truth is True for truth in truths):
            return True
        return False if all(truth is False for truth in truths) else None

    def Logic(self, node, scopes):
        truths = self.values(node.operands, scopes)
        return self.all(truths) if node.operator == "and" else self.any(truths)

    def If(self, node, scopes):
        return self.value(node.then if self.value(node.condition, scopes) is True else node.otherwise, scopes)

    def InstanceOf(self, node, scopes):
        return node.type.holds(self.value(node.value, scopes), self.run)

    # Tests.

    def In(self, node, scopes):
        return self.with_input(self.value(node.value, scopes), node.tests, scopes)

    def with_input(self, value, tests, scopes):
        outer, self.run.input = self.run.input, value
        truths = [self.value(test, scopes) for test in tests]
        self.run.input = outer
        return self.any(truths)

    def Test(self, node, scopes):
        tested, value = self.run.input, self.value(node.operand, scopes)
        if node.operator:
            return self.compare(node.operator, tested, value)
        if node.asks_input:
            return value if isinstance(value, bool) else None
        if isinstance(node.operand, tree.Literal):
            return operators.equal(tested, value, self.run)
        if isinstance(node.operand, tree.Range) and value is None:
            return None
        return self.fits(tested, value)

    def fits(self, tested, value):
        """Is the tested value inside the range, in the list, equal."""
        if isinstance(value, Range) and not isinstance(tested, Range):
            return None if tested is None else operators.in_range(tested, value)
        if isinstance(value, list):
            if isinstance(tested, list) and operators.equal(tested, value, self.run):
                return True
            return any(self.fits_item(tested, item) for item in value)
        if isinstance(value, bool) and tested is not None and not isinstance(tested, bool):
            return value
        return operators.equal(tested, value, self.run)

    def fits_item(self, tested, item):
        try:
            if isinstance(item, Range) and not isinstance(tested, Range):
                return self.fits(tested, item)
            return operators.equal(tested, item, self.run)
        except NoValue:
            return False

    def UnaryTests(self, node, scopes):
        if not node.tests:
            return True
        truth = self.any([self.value(test, scopes) for test in node.tests])
        return not truth if node.negated and truth is not None else truth

    # Filters and iterations.

    def Filter(self, node, scopes):
        base = self.value(node.base, scopes)
        items = base if isinstance(base, list) else [] if base is None else [base]
        if isinstance(node.condition, tree.Literal) and isinstance(node.condition.value, Decimal):
            return self.pick(items, node.condition.value)
        chosen = []
        for index, foreign in enumerate(items):
            try:
                item = from_python(foreign)
            except NoValue:
                continue
            keep = self.value(node.condition, [*scopes, self.names_of(item)])
            if index == 0 and type(keep) in NUMBERS:
                return self.pick(items, keep)
            if keep is True:
                chosen.append(item)
            elif keep is not False and keep is not None:
                return None
        return chosen

    def names_of(self, item):
        """The entries of a context, and under the name item what is filtered, unless an entry has that name."""
        return {"item": item, **(item if isinstance(item, dict) else {})}

    def pick(self, items, position):
        index = whole(position)
        if not index or abs(index) > len(items):
            return None
        return items[index - 1 if index > 0 else index]

    def Iteration(self, node, scopes):
        results = []
        decided = {"for": None, "some": True, "every": False}[node.kind]
        for names in self.bindings(node.variables, scopes, {}):
            own = {**names, "partial": list(results)} if node.kind == "for" else names
            results.append(self.value(node.body, [*scopes, own]))
            if decided is not None and results[-1] is decided:
                return decided
        return {"for": list, "some": self.any, "every": self.all}[node.kind](results)

    def bindings(self, variables, scopes, names):
        if not variables:
            yield names
            return
        (name, source), *rest = variables
        for value in self.steps(self.source(source, [*scopes, names])):
            self.run.charge(1)
            yield from self.bindings(rest, scopes, {**names, name: from_python(value)})

    def source(self, node, scopes):
        if isinstance(node, tree.Steps):
            start, end = self.values((node.start, node.end), scopes)
            return self.counted(start, end, down=True)
        return self.value(node, scopes)

    def steps(self, source):
        if isinstance(source, list):
            return source
        if source is None:
            raise NoValue
        if isinstance(source, Range):
            counted = self.counted(source.start, source.end, down=False)
            return counted[not source.start_included : len(counted) - (not source.end_included)]
        return [source]

    def counted(self, start, end, *, down):
        """From one whole number or date to another, both included."""
        if type(start) in NUMBERS and type(end) in NUMBERS:
            first, last, made = whole(start), whole(end), int
        elif isinstance(start, Date) and isinstance(end, Date):
            first, last, made = start.days, end.days, Date.from_days
        else:
            raise NoValue
        if first is None or last is None or (last < first and not down):
            raise NoValue
        if abs(last - first) > MAX_COUNTED:
            raise FeelBudgetExceeded
        step = 1 if first <= last else -1
        return [made(number) for number in range(first, last + step, step)]

    # Functions.

    def Call(self, node, scopes):
        function = self.callee(node.callee, scopes)
        positional = self.values(node.positional, scopes)
        named = {name: self.value(argument, scopes) for name, argument in node.named}
        if not isinstance(function, Invocable):
            return None
        return function.invoke(self.run, positional, named)

    def callee(self, node, scopes):
        """A variable that is no function hides no built-in function."""
        found = self.value(node, scopes)
        if isinstance(node, tree.Name) and not isinstance(found, Invocable):
            return BUILTINS.get(node.name)
        return found

    def FunctionOf(self, node, scopes):
        names = [name for name, _ in node.parameters]

        def body(run, arguments):
            return self.value(node.body, [*scopes, dict(zip(names, arguments, strict=True))])

        return Function(names, FunctionType(tuple(type for _, type in node.parameters), ANY), body)
