"""if, for, some and every."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from workflows.feel import tree
from workflows.feel.compiling.core import Compiled, Holds, Level, compile_node, compile_weighed, compiles
from workflows.feel.errors import NoValue
from workflows.feel.operators import kind
from workflows.feel.run import Env
from workflows.feel.values import NUMBERS, Date, Range
from workflows.feel.values.numbers import whole
from workflows.feel.values.python import NATIVE, from_python

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workflows.feel.run import Run

Bindings: TypeAlias = "Callable[[Env], Iterator[Env]]"
_LOOP = 4  # steps to begin an inner loop


@compiles(tree.If)
def _if(node: tree.If, level: Level) -> Compiled:
    condition, then, otherwise = (compile_node(each, level) for each in (node.condition, node.then, node.otherwise))

    def choose(env: Env) -> Any:
        return then(env) if condition(env) is True else otherwise(env)

    return choose


@compiles(tree.Iteration)
def _iteration(node: tree.Iteration, level: Level) -> Compiled:
    sources: list[tuple[str, Compiled, int]] = []
    for name, source in node.variables:
        sources.append((name, *compile_weighed(source, level)))
        level = level.inside(Holds.ALL, {name})
    if node.kind == "for":
        level.names.add("partial")
    body, cost = compile_weighed(node.body, level)
    kind_of = _for if node.kind == "for" else _quantified
    return kind_of(node, _bindings(sources), body, cost, level)


def _for(node: tree.Iteration, bindings: Bindings, body: Compiled, cost: int, level: Level) -> Compiled:
    at, asks_partial = node.at, "partial" in level.read

    def loop(env: Env) -> Any:
        run = env.run
        results: list[Any] = []
        try:
            for inner in bindings(env):
                run.charge(cost)
                results.append(body(_with_partial(inner, results) if asks_partial else inner))
        except NoValue as problem:
            return run.null(at, str(problem))
        return results

    return loop


def _with_partial(env: Env, results: list[Any]) -> Env:
    """The results so far, copied: the list still grows."""
    env.run.charge(1 + (len(results) >> 3))
    return Env({**env.names, "partial": list(results)}, env.outer, env.run)


def _quantified(node: tree.Iteration, bindings: Bindings, body: Compiled, cost: int, level: Level) -> Compiled:
    del level
    at, deciding = node.at, node.kind == "some"

    def test(env: Env) -> Any:
        run = env.run
        result: bool | None = not deciding
        try:
            for inner in bindings(env):
                run.charge(cost)
                value = body(inner)
                if value is deciding:
                    return deciding
                if type(value) is not bool:
                    result = None
        except NoValue as problem:
            return run.null(at, str(problem))
        return result

    return test


def _bindings(sources: Sequence[tuple[str, Compiled, int]]) -> Bindings:
    """One inner scope for each combination of the variables; later sources see the earlier variables."""
    (name, source, _), *rest = sources
    further = _bindings(rest) if rest else None
    cost = rest[0][2] + _LOOP if rest else 0

    def bind(env: Env) -> Iterator[Env]:
        run = env.run
        for value in steps(run, source(env)):
            inner = Env({name: value if type(value) in NATIVE else _foreign(value, run)}, env, run)
            if further is None:
                yield inner
            else:
                run.charge(cost)
                yield from further(inner)

    return bind


def _foreign(value: Any, run: Run) -> Any:
    run.charge(2)
    return from_python(value)


def steps(run: Run, source: Any) -> Iterable[Any]:
    """What an iteration goes through: a list, a range of whole numbers or dates, or a single value."""
    if isinstance(source, (list, range, Iterator)):
        return source
    if source is None:
        raise NoValue("不能遍历 null (cannot iterate over null)")
    if type(source) is not Range:
        return (source,)
    ends = _ends(source.start, source.end)
    if ends is None or ends[0] > ends[1]:
        raise NoValue("这个区间不能遍历 (cannot iterate over this range)")
    counted = range(ends[0] + (not source.start_included), ends[1] + source.end_included)
    return _dates(run, counted) if type(source.start) is Date else counted


@compiles(tree.Steps)
def _steps(node: tree.Steps, level: Level) -> Compiled:
    """Unlike a range as a value, ``5..2`` counts down."""
    start, end, at = compile_node(node.start, level), compile_node(node.end, level), node.at

    def count(env: Env) -> Any:
        low, high = start(env), end(env)
        ends = _ends(low, high)
        if ends is None:
            return env.run.null(at, f"不能从 {kind(low)} 数到 {kind(high)} (cannot count)")
        first, last = ends
        counted = range(first, last + 1) if first <= last else range(first, last - 1, -1)
        return _dates(env.run, counted) if type(low) is Date else counted

    return count


def _dates(run: Run, days: range) -> Iterator[Date]:
    for day in days:
        run.charge(2)
        yield Date.from_days(day)


def _ends(low: Any, high: Any) -> tuple[int, int] | None:
    """Two whole numbers, or two dates as days; None for what cannot be counted through."""
    if type(low) in NUMBERS and type(high) in NUMBERS:
        first, last = whole(low), whole(high)
        return None if first is None or last is None else (first, last)
    return (low.days, high.days) if type(low) is type(high) is Date else None
