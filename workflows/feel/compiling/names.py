"""Literals, names and paths."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows.feel import tree
from workflows.feel.builtins import BUILTINS
from workflows.feel.compiling.core import Compiled, Holds, Level, compile_node, compiles
from workflows.feel.errors import FeelSyntaxError, NoValue, Position
from workflows.feel.operators import check_ends, kind
from workflows.feel.values import Range
from workflows.feel.values.functions import HostFunction
from workflows.feel.values.numbers import LARGEST
from workflows.feel.values.properties import PROPERTIES
from workflows.feel.values.python import NATIVE, from_python
from workflows.feel.values.ranges import half_range
from workflows.feel.values.temporal_text import parse_temporal

if TYPE_CHECKING:
    from workflows.feel.run import Env, Run

MISSING = type("Missing", (), {})()
_CONSTANTS = frozenset({"true", "false", "null"})


@compiles(tree.Literal)
def _literal(node: tree.Literal, level: Level) -> Compiled:
    # A long text takes long to be compared or added to another.
    level.meter[0] += len(node.value) >> 10 if type(node.value) is str else 0
    value = constant(node)
    return lambda _: value


def constant(node: tree.Node) -> Any:
    """The value of a literal; null for other nodes. Python is quicker with an int than with a Decimal."""
    value = node.value if isinstance(node, tree.Literal) else None
    if type(value) is Decimal and value.as_tuple().exponent == 0 and value and abs(value) < LARGEST:
        return int(value)
    return value


@compiles(tree.TemporalLiteral)
def _temporal(node: tree.TemporalLiteral, level: Level) -> Compiled:
    del level
    try:
        value = parse_temporal(node.text)
    except NoValue as problem:
        text, at = str(problem), node.at
        return lambda env: env.run.null(at, text)
    return lambda _: value


@compiles(tree.Input)
def _input(node: tree.Input, level: Level) -> Compiled:
    del node, level
    return lambda env: env.run.input


@compiles(tree.Name)
def _name(node: tree.Name, level: Level) -> Compiled:
    name, at = node.name, node.at
    hops, item_here, certain = resolve(name, level)

    def read_outermost(env: Env) -> Any:
        value = env.names.get(name, MISSING)
        if type(value) in NATIVE:
            return value
        return _border(env.run, at, name, value)

    if hops == [0] and not item_here and not certain:
        return read_outermost
    if certain and not item_here and len(hops) == 1:
        return _read_certain(name, hops[0])

    def read(env: Env) -> Any:
        value = find(env, name, hops, item_here)
        if type(value) in NATIVE:
            return value
        return _border(env.run, at, name, value)

    return read


def _read_certain(name: str, hops: int) -> Compiled:
    """A variable of an iteration, a parameter or an entry: what these hold has crossed the border."""
    if hops == 0:
        return lambda env: env.names[name]
    if hops == 1:
        return lambda env: env.outer.names[name]

    def read(env: Env) -> Any:
        for _ in range(hops):
            env = env.outer
        return env.names[name]

    return read


def resolve(name: str, level: Level) -> tuple[list[int], bool, bool]:
    """Where to look for a name: how many steps outwards each time; whether the last of these places is a filter that
    gives ``item`` itself; whether the name is surely found.
    """
    hops, distance = [], 0
    here: Level | None = level
    while here is not None:
        if here.may_hold(name):
            hops.append(distance)
            distance = 0
            here.read.add(name)
            if here.holds is Holds.ANY:
                here.free.add(name)
            elif here.holds is Holds.ALL:
                return hops, False, True
            elif here.holds is Holds.ITEM and name == "item":
                return hops, True, True
        here = here.outer
        distance += 1
    return hops, False, False


def find(env: Env, name: str, hops: list[int], item_here: bool) -> Any:
    value: Any = MISSING
    for hop in hops:
        for _ in range(hop):
            env = env.outer
        value = env.names.get(name, MISSING)
        if value is not MISSING:
            return value
    # The names of a filter over contexts are those of the item; asked for item, it gives the item.
    return env.names if item_here else value


def _border(run: Run, at: Position, name: str, value: Any) -> Any:
    if value is MISSING:
        if name in run.functions:
            return HostFunction(name, run.functions[name])
        if name in BUILTINS:
            return BUILTINS[name]
        lower = name.lower()
        hint = f"；应写作 {lower} (write {lower})" if lower in _CONSTANTS else ""
        return run.null(at, f"没有变量 {name} (no such variable){hint}")
    run.charge(1)
    try:
        return from_python(value)
    except NoValue as problem:
        return run.null(at, f"{name}：{problem}")


@compiles(tree.Path)
def _path(node: tree.Path, level: Level) -> Compiled:
    base, name, at = compile_node(node.base, level), node.name, node.at

    def read(env: Env) -> Any:
        value = base(env)
        if type(value) is dict:
            found = value.get(name, MISSING)
            if type(found) in NATIVE:
                return found
        return member(env.run, at, value, name)

    return read


def member(run: Run, at: Position, value: Any, name: str) -> Any:
    """An entry of a context, a property of a temporal value or range, or for a list each item's."""
    if type(value) is list:
        run.charge(len(value))
        return [_member(run, at, item, name) for item in value]
    return _member(run, at, value, name)


def _member(run: Run, at: Position, value: Any, name: str) -> Any:
    run.charge(1)
    try:
        value = from_python(value)
        if type(value) is dict:
            found = value.get(name, MISSING)
            if found is not MISSING:
                return from_python(found)
            return run.null(at, f"上下文里没有 {name} (no such entry)")
        if type(value) is list:
            return member(run, at, value, name)
        if (read := PROPERTIES.get(type(value), {}).get(name)) is not None:
            return read(value)
    except NoValue as problem:
        return run.null(at, str(problem))
    return run.null(at, f"{kind(value)} 没有属性 {name} (no such property)")


@compiles(tree.Range)
def _range(node: tree.Range, level: Level) -> Compiled:
    start, end, at = compile_node(node.start, level), compile_node(node.end, level), node.at
    start_included, end_included = node.start_included, node.end_included
    low, high = constant(node.start), constant(node.end)
    if _are_ends(low, high):
        fixed = Range(low, high, start_included, end_included)
        return lambda _: fixed

    def make(env: Env) -> Any:
        one, other = start(env), end(env)
        try:
            check_ends(one, other)
        except NoValue as problem:
            return env.run.null(at, f"区间 (range)：{problem}")
        return Range(one, other, start_included, end_included)

    return make


def _are_ends(low: Any, high: Any) -> bool:
    try:
        check_ends(low, high)
    except NoValue:
        return False
    return True


@compiles(tree.HalfRange)
def _half_range(node: tree.HalfRange, level: Level) -> Compiled:
    if node.operator == "!=":
        raise FeelSyntaxError("!= 不是区间 (is no range)", *node.at)
    operand, operator, at = compile_node(node.operand, level), node.operator, node.at

    def make(env: Env) -> Any:
        value = operand(env)
        try:
            check_ends(value, value)
        except NoValue as problem:
            return env.run.null(at, f"区间 (range)：{problem}")
        return half_range(operator, value)

    return make
