"""Lists, contexts and filters."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows.feel import tree
from workflows.feel.compiling.core import Compiled, Holds, Level, compile_node, compile_weighed, compiles
from workflows.feel.errors import NoValue
from workflows.feel.run import Env
from workflows.feel.values import NUMBERS
from workflows.feel.values.numbers import Number, whole
from workflows.feel.values.python import from_python

if TYPE_CHECKING:
    from workflows.feel.errors import Position
    from workflows.feel.run import Run


@compiles(tree.ListOf)
def _list(node: tree.ListOf, level: Level) -> Compiled:
    items = tuple(compile_node(item, level) for item in node.items)
    return lambda env: [item(env) for item in items]


@compiles(tree.Context)
def _context(node: tree.Context, level: Level) -> Compiled:
    """Entries see those before them, and a function its own name, so that it can call itself."""
    keys = [key for key, _ in node.entries]
    at, doubled = node.at, next((key for key, times in Counter(keys).items() if times > 1), None)
    inner = level.inside(Holds.ALL)
    level.meter[0] += 2 + 2 * len(keys)
    entries: list[tuple[str, Compiled]] = []
    for key, value in node.entries:
        if isinstance(value, tree.FunctionOf):
            inner.names.add(key)  # nobody can call it before it is there
        entries.append((key, compile_node(value, inner)))
        inner.names.add(key)
    result = compile_node(node.result, inner) if node.result else None

    def make(env: Env) -> Any:
        if doubled is not None:
            return env.run.null(at, f"上下文里 {doubled} 出现两次 (the same entry twice)")
        context: dict[str, Any] = {}
        own = Env(context, env, env.run)
        for key, value in entries:
            context[key] = value(own)
        return context if result is None else result(own)

    return make


@compiles(tree.Filter)
def _filter(node: tree.Filter, level: Level) -> Compiled:
    base, at = compile_node(node.base, level), node.at
    if isinstance(node.condition, tree.Literal) and isinstance(node.condition.value, Decimal):
        position: Decimal = node.condition.value
        return lambda env: _pick(env.run, _as_list(base(env)), position, at)
    condition, cost = compile_weighed(node.condition, level.inside(Holds.ITEM))
    cost += 1

    def select(env: Env) -> Any:
        run, source, chosen = env.run, base(env), []
        items = _as_list(source)
        for index, each in enumerate(items):
            run.charge(cost)
            try:
                item = from_python(each)
            except NoValue as problem:
                run.null(at, str(problem))
                continue
            keep = condition(Env(item if type(item) is dict else {"item": item}, env, run))
            if keep is True:
                chosen.append(item)
            elif index == 0 and type(keep) in NUMBERS:
                return _pick(run, items, keep, at)
            elif type(keep) is not bool and keep is not None:
                return run.null(at, "筛选条件既不是布尔也不是序号 (the filter is neither boolean nor a number)")
        return chosen

    return select


def _as_list(value: Any) -> list[Any]:
    """A single value is filtered as the list of it; null as no value at all."""
    return value if type(value) is list else [] if value is None else [value]


def _pick(run: Run, items: list[Any], position: Number, at: Position) -> Any:
    """Positions count from 1, and from -1 backwards."""
    index = whole(position)
    if index is None or index == 0 or abs(index) > len(items):
        shown = position if index is None and type(position) is Decimal else index
        return run.null(at, f"列表没有第 {shown} 项，共 {len(items)} 项 (no such position)")
    try:
        return from_python(items[index - 1 if index > 0 else index])
    except NoValue as problem:
        return run.null(at, str(problem))
