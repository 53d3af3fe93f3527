"""From a decision table to what decides by it: sets of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from workflows.decisions.columns import Column
from workflows.decisions.hit_policies import HIT_POLICIES, aggregate
from workflows.decisions.outcome import MAX_RECORDED, Evaluated, MatchedRule
from workflows.decisions.table import DecisionTable
from workflows.feel.compiling import Compiled, Level, compile_node
from workflows.feel.compiling.core import compiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workflows.decisions.outcome import DecisionRun
    from workflows.feel import Env

_tuple = tuple.__new__  # a named tuple's own is slower by half


@compiles(DecisionTable)
def _table(node: DecisionTable, level: Level) -> Compiled:
    """Every column gives the set of rules that its value passes, as bits of a number; the rules that match are in all.

    A test is asked once per evaluation, and in columns whose tests look at nothing but their input
    the answer is remembered by value.
    """
    columns = [
        (
            each.clause.id,
            each.clause.name,
            compile_node(each.expression, level),
            Column(each.clause, place, node.rules, level),
        )
        for place, each in enumerate(node.inputs)
    ]
    results = _results(node, level)
    everyone = (1 << len(node.rules)) - 1

    def decide(env: Env) -> Any:
        run = cast("DecisionRun", env.run)
        run.charge(1 + len(columns))
        tested, alive, seen = run.input, everyone, []
        try:
            for id, name, expression, column in columns:
                value = expression(env)
                seen.append(_tuple(Evaluated, (id, name, value)))
                try:
                    passed = column.known.get((type(value), value))
                except TypeError:  # a list or a context has no hash
                    passed = None
                alive &= column.ask(env, value, alive) if passed is None else passed
        finally:
            run.input = tested  # the table may be asked by the cell of another
            _note(run.record.inputs, seen)
        return results(env, run, alive)

    return decide


def _note(record: list[Any], entries: list[Any]) -> None:
    if len(record) < MAX_RECORDED:
        record += entries


def _results(node: DecisionTable, level: Level) -> Callable[[Env, DecisionRun, int], Any]:
    """From the set of rules that match to what the table gives."""
    policy = HIT_POLICIES[node.hit_policy]
    fire = _firing(node, level)
    default = _default(node, level)
    alone = len(node.outputs) == 1

    def shape(outputs: Sequence[Evaluated]) -> Any:
        """One output is its value, several are a context."""
        return outputs[0].value if alone else {each.name: each.value for each in outputs}

    def give(env: Env, run: DecisionRun, alive: int) -> Any:
        if not alive:
            return default(env)
        first = alive & -alive
        if policy.single and (policy.stops_at_first or alive == first):
            rule = fire(env, run, first.bit_length() - 1)
            _note(run.record.matched, [rule])
            return shape(rule.outputs)
        fired = policy.select(node, [fire(env, run, place) for place in _places(alive)], run)
        _note(run.record.matched, fired)
        values = [shape(rule.outputs) for rule in fired]
        if node.aggregation:
            return aggregate(node.aggregation, values, run, node.at)
        return values[0] if policy.single else values

    return give


def _places(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _firing(node: DecisionTable, level: Level) -> Callable[[Env, DecisionRun, int], MatchedRule]:
    clauses = [(each.clause, each.clause.id, each.clause.name) for each in node.outputs]
    cells = [[compile_node(cell.node, level) for cell in rule.outputs] for rule in node.rules]

    def fire(env: Env, run: DecisionRun, place: int) -> MatchedRule:
        given = []
        for (clause, id, name), cell in zip(clauses, cells[place], strict=True):
            value = cell(env)
            if clause.declares:
                clause.check(value, run)
            given.append(_tuple(Evaluated, (id, name, value)))
        rule = node.rules[place]
        return MatchedRule(rule.id, rule.index, tuple(given))

    return fire


def _default(node: DecisionTable, level: Level) -> Compiled:
    """The default outputs if there are any, else nothing: null, an empty list, a count of 0."""
    policy = HIT_POLICIES[node.hit_policy]
    one = policy.single or bool(node.aggregation)
    if any(each.default for each in node.outputs):
        cells = [
            (each.clause.name, compile_node(each.default, level) if each.default else None) for each in node.outputs
        ]

        def defaults(env: Env) -> Any:
            values = {name: cell(env) if cell else None for name, cell in cells}
            value = values if len(cells) > 1 else next(iter(values.values()))
            return value if one else [value]

        return defaults
    if node.aggregation == "COUNT":
        return lambda _: 0
    return (lambda _: None) if one else (lambda _: [])
