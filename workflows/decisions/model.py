"""Decisions, what they require, and how they are evaluated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from workflows.decisions.errors import DecisionError, Violation
from workflows.decisions.outcome import DecisionRun, Outcome, Record
from workflows.decisions.types import ItemType, adapt
from workflows.feel import Env, FeelBudgetExceeded
from workflows.feel.errors import NoValue
from workflows.feel.types import ANY, Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from workflows.decisions.errors import Problem
    from workflows.decisions.table import DecisionTable
    from workflows.feel import Run
    from workflows.feel.compiling import Compiled
    from workflows.feel.values.functions import Function


class Required(NamedTuple):
    """A requirement: the element and, where it is imported, the name its model has here."""

    prefix: str
    element: Any


@dataclass(slots=True, eq=False, repr=False)
class InputData:
    id: str
    name: str
    type: Type

    def value(self, given: Any, run: DecisionRun) -> Any:
        """What is given as its type. Of an item definition, which its author made, nothing else is accepted."""
        if given is None or self.type is ANY:
            return given
        try:
            return run.coerce(adapt(given, self.type, run), self.type)
        except NoValue as problem:
            text = f"“{self.name}”：{problem}"
            if isinstance(self.type, ItemType):
                raise DecisionError(Violation.INPUT_NOT_ALLOWED, f"{text} ({self.id})") from problem
            run.warn(self.id, text)
            return None


@dataclass(slots=True, eq=False, repr=False)
class Decision:
    """`result_name` is what other decisions call its result, `kind` what Camunda 8 calls its logic.

    `knowledge` are the functions it may call. `table` is its logic where that is a decision table.
    """

    id: str
    name: str
    result_name: str
    kind: str = "UNSPECIFIED"
    type: Type = ANY
    inputs: list[Required] = field(default_factory=list)
    requires: list[Required] = field(default_factory=list)
    knowledge: dict[str, Any] = field(default_factory=dict)
    table: DecisionTable | None = None
    logic: Compiled = lambda _: None


@dataclass(slots=True, eq=False, repr=False)
class BusinessKnowledgeModel:
    id: str
    name: str
    function: Function


@dataclass(slots=True, eq=False, repr=False)
class DecisionService:
    """Part of a graph that can be invoked: its inputs in the order of a call, and the decisions it answers."""

    id: str
    name: str
    type: Type
    function: Function
    inputs: list[InputData | Decision] = field(default_factory=list)
    outputs: list[Decision] = field(default_factory=list)

    def invoke(self, run: Run, arguments: list[Any]) -> Any:
        """The result of its output decision; of several, a context."""
        given = dict(zip(self.inputs, arguments, strict=True))
        variables = {each.name: value for each, value in given.items() if isinstance(each, InputData)}
        results = {each: value for each, value in given.items() if isinstance(each, Decision)}
        evaluation = Evaluation(cast("DecisionRun", run), variables, results)
        answers = {each.result_name: evaluation.result(each) for each in self.outputs}
        return run.coerce(answers if len(self.outputs) > 1 else next(iter(answers.values()), None), self.type)


Element: TypeAlias = InputData | Decision | BusinessKnowledgeModel | DecisionService


class Evaluation:
    """The decisions of one graph over the same variables, each evaluated once, required ones first."""

    def __init__(self, run: DecisionRun, variables: Mapping[str, Any], results: dict[Decision, Any]) -> None:
        self._run = run
        self._variables = variables
        self._results = results

    def result(self, decision: Decision) -> Any:
        """Raises DecisionError."""
        if decision in self._results:
            return self._results[decision]
        for required in decision.requires:
            self.result(required.element)
        run = self._run
        outer, outer_warnings = run.record, run.warnings
        run.record, run.warnings = Record(), []
        try:
            value = self._results[decision] = self._evaluate(decision)
        except (FeelBudgetExceeded, RecursionError) as error:
            raise _too_costly(decision, error, run) from error
        except DecisionError as error:
            if not error.decision_id:  # the innermost decision is the one that failed
                error.decision_id, error.inputs = decision.id, tuple(run.record.inputs)
            raise
        run.note(
            Outcome(
                decision.id,
                decision.name,
                decision.kind,
                value,
                tuple(run.record.inputs),
                tuple(run.record.matched),
                run.warned(),
            )
        )
        run.record, run.warnings = outer, outer_warnings
        return value

    def _evaluate(self, decision: Decision) -> Any:
        value = decision.logic(Env(self._names(decision), None, self._run))
        try:
            return self._run.coerce(value, decision.type)
        except NoValue as problem:
            self._run.warn(decision.id, f"“{decision.name}”：{problem}")
            return None

    def _names(self, decision: Decision) -> Mapping[str, Any]:
        """What the decision sees: the variables, its inputs as their types, what it requires."""
        variables, own = self._variables, dict(decision.knowledge)
        for prefix, element in decision.inputs:
            given = variables.get(element.name)
            value = element.value(given, self._run)
            if prefix or value is not given:
                _place(own, prefix, element.name, value)
        for prefix, element in decision.requires:
            for name in {element.id, element.result_name}:
                _place(own, prefix, name, self._results[element])
        return {**variables, **own} if own else variables


def _too_costly(element: Element, error: FeelBudgetExceeded | RecursionError, run: DecisionRun) -> DecisionError:
    reason = error if isinstance(error, FeelBudgetExceeded) else FeelBudgetExceeded("嵌套太深 (nested too deeply)")
    failure = DecisionError(Violation.BUDGET_EXCEEDED, f"“{element.name}” ({element.id})：{reason}", element.id)
    failure.inputs = tuple(run.record.inputs)
    return failure


def _place(names: dict[str, Any], prefix: str, name: str, value: Any) -> None:
    if prefix:
        names[prefix] = {**names.get(prefix, {}), name: value}
    else:
        names[name] = value


@dataclass(slots=True, eq=False, repr=False)
class DecisionModel:
    """One DMN file. `decisions` are in an order in which each comes after those it requires.

    `tables` are all its decision tables, whatever box they stand in.
    `elements` are all that can be required of it, by id; `imported` are the other files it needs, also through
    one another. `problems` are what would not run. `budget` are the FEEL steps of one evaluation.
    """

    id: str
    name: str
    decisions: dict[str, Decision]
    invocables: dict[str, BusinessKnowledgeModel | DecisionService]
    elements: dict[str, Any]
    types: Mapping[str, Type]
    xml: bytes
    imported: tuple[bytes, ...]
    tables: tuple[DecisionTable, ...]
    budget: int
    problems: tuple[Problem, ...]

    @property
    def files(self) -> tuple[bytes, ...]:
        return self.xml, *self.imported

    def evaluate(
        self,
        decision_id: str,
        variables: Mapping[str, Any],
        now: datetime | None = None,
        calendar: Callable[[], Any] | None = None,
    ) -> Outcome:
        """Decide, required decisions first, each once. `variables` are JSON or FEEL values by name.

        A decision sees the variables and, under their names and ids, the results of the decisions it requires.
        The id may be that of a decision service or a business knowledge model, whose parameters are variables then.
        Raises DecisionError.
        """
        run = DecisionRun(now, self.budget, calendar)
        try:
            if decision_id in self.invocables:
                return self._invoke(self.invocables[decision_id], variables, run)
            if decision_id not in self.decisions:
                raise self._unknown(decision_id)
            Evaluation(run, variables, {}).result(self.decisions[decision_id])
        except DecisionError as error:
            error.outcomes = tuple(run.outcomes)
            raise
        outcome = run.outcomes.pop()
        outcome.required = tuple(run.outcomes)
        return outcome

    @staticmethod
    def _invoke(
        element: BusinessKnowledgeModel | DecisionService, variables: Mapping[str, Any], run: DecisionRun
    ) -> Outcome:
        value, function = None, element.function
        wanted = zip(function.parameters, function.type.parameters, strict=True)
        try:
            value = function.invoke(run, [adapt(variables.get(name), type, run) for name, type in wanted], {})
        except NoValue as problem:
            run.warn(element.id, f"“{element.name}”：{problem}")
        except (FeelBudgetExceeded, RecursionError) as error:
            raise _too_costly(element, error, run) from error
        inputs, matched = tuple(run.record.inputs), tuple(run.record.matched)
        return Outcome(
            element.id, element.name, "UNSPECIFIED", value, inputs, matched, run.warned(), tuple(run.outcomes)
        )

    def _unknown(self, decision_id: str) -> DecisionError:
        known = "、".join(self.decisions)
        return DecisionError(
            Violation.UNKNOWN_DECISION,
            f"“{self.name}”中没有决策 {decision_id}，只有 {known} (there is no decision {decision_id!r})",
        )
