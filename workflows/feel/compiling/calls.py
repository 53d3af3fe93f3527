"""Functions: defining them and calling them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.feel import tree
from workflows.feel.builtins import BUILTINS
from workflows.feel.compiling.core import Compiled, Holds, Level, compile_node, compile_weighed, compiles
from workflows.feel.compiling.inference import type_told
from workflows.feel.compiling.names import MISSING, find, resolve
from workflows.feel.errors import NoValue
from workflows.feel.operators import kind
from workflows.feel.run import Env
from workflows.feel.types import ANY, FunctionType
from workflows.feel.values.functions import Function, HostFunction, is_function
from workflows.feel.values.python import from_python

if TYPE_CHECKING:
    from workflows.feel.errors import Position
    from workflows.feel.run import Run

_FUNCTION = 6  # nodes that making a function counts for


@compiles(tree.Call)
def _call(node: tree.Call, level: Level) -> Compiled:
    positional = tuple(compile_node(argument, level) for argument in node.positional)
    named = tuple((name, compile_node(argument, level)) for name, argument in node.named)
    at = node.at
    label = node.callee.name if isinstance(node.callee, tree.Name) else "?"
    callee = _callee(node.callee, level)

    def call(env: Env) -> Any:
        function = callee(env)
        if not is_function(function):
            return _not_callable(env.run, at, label, function)
        try:
            result = function.invoke(
                env.run, [argument(env) for argument in positional], {name: argument(env) for name, argument in named}
            )
            return from_python(result)
        except NoValue as problem:
            return env.run.null(at, f"{label}：{problem}")

    return call


def _not_callable(run: Run, at: Position, label: str, value: Any) -> Any:
    if value is MISSING:
        return run.null(at, f"没有函数 {label} (no such function)")
    return run.null(at, f"{kind(value)} 不能调用 (is no function)")


def _callee(node: tree.Node, level: Level) -> Compiled:
    """A variable that is no function hides no function: a variable ``date`` leaves ``date(…)`` alone."""
    if not isinstance(node, tree.Name):
        return compile_node(node, level)
    name, builtin = node.name, BUILTINS.get(node.name)
    known_before = name in level.free
    hops, item_here, _ = resolve(name, level)
    if builtin is not None and not known_before:
        level.free.discard(name)

    def look_up(env: Env) -> Any:
        value = find(env, name, hops, item_here)
        if is_function(value):
            return value
        if name in env.run.functions:
            return HostFunction(name, env.run.functions[name])
        return value if builtin is None else builtin

    return look_up


@compiles(tree.FunctionOf)
def _function(node: tree.FunctionOf, level: Level) -> Compiled:
    names = [name for name, _ in node.parameters]
    body, cost = compile_weighed(node.body, level.inside(Holds.ALL, names))
    level.meter[0] += _FUNCTION
    cost += 2 * sum(each is not ANY for _, each in node.parameters)
    type = FunctionType(tuple(each for _, each in node.parameters), type_told(node.body, dict(node.parameters)))

    def make(env: Env) -> Function:
        def run_body(run: Run, arguments: list[Any]) -> Any:
            return body(Env(dict(zip(names, arguments, strict=True)), env, run))

        return Function(names, type, run_body, cost=cost)

    return make
