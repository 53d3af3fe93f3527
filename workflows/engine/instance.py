"""One process instance at work: its tokens, its variables, and what happened to it since it was loaded."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from SpiffWorkflow.util.task import TaskState

from workflows.engine.compensation import next_handler, remember
from workflows.engine.elements import LEAVING
from workflows.engine.errors import Failure, NotWaiting
from workflows.engine.formulas import EXTRACT_VALUE_ERROR, Formula, shown
from workflows.engine.gateways import InclusiveGateway
from workflows.engine.parking import PARKED, NoParts
from workflows.engine.scopes import Scopes
from workflows.engine.timers import LOCAL, first_time
from workflows.engine.tokens import Token, TokenTree
from workflows.engine.waits import ElementRecord
from workflows.feel import Run, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from workflows.calendar import WorkingCalendar
    from workflows.engine.dialect import Definition
    from workflows.engine.elements import Element
    from workflows.engine.parking import Parts
    from workflows.engine.propagation import Broadcast, Thrown
    from workflows.engine.waits import Wait

MAX_KEYS = 1 << 20  # of one process instance, in the low bits of the keys of what is in it
FEEL_BUDGET = 100_000  # steps of one expression, about 10 ms
FEEL_BUDGET_OF_A_COMMAND = 2_000_000
STOPS_AFTER = "stops_after"
KEYS_LEFT = 20_000  # with so few left nothing runs any more: they are for incidents and for what comes from outside


class Outcome(Protocol):
    """What a decision answers: a value, or why there is none."""

    @property
    def value(self) -> Any: ...
    @property
    def failure(self) -> str | None: ...
    @property
    def basis(self) -> Any:
        """By which version and which rules, as a variable holds it."""


class Decide(Protocol):
    """Takes a decision by its latest version, or by the one in force at a moment."""

    def __call__(self, decision_id: str, variables: Mapping[str, Any], as_of: datetime | None = None, /) -> Outcome: ...


def _no_decision(decision_id: str, _variables: Mapping[str, Any], _as_of: datetime | None = None, /) -> Outcome:
    raise LookupError(f"决策「{decision_id}」不存在 (unknown decision)")


def _as_it_is(group: str) -> str:
    return group


def _not_called(_kind: str, _code: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything an execution may know of the world.

    ``now`` is aware; ``calendar`` gives the working time that holds, that of the country where it is None;
    ``caught_outside`` says how a calling instance catches an error or escalation (kind and code):
    interrupting, non-interrupting or not; ``seat`` is how a group is called now, since units are reorganised; ``parts``
    are the items kept apart; ``budget`` is elements run per command.
    """

    now: datetime
    decide: Decide = _no_decision
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    calendar: Callable[[], WorkingCalendar] | None = None
    caught_outside: Callable[[str, str], str | None] = _not_called
    seat: Callable[[str], str] = _as_it_is
    parts: Parts = field(default_factory=NoParts)
    budget: int = 50_000


class DecisionEvaluated(NamedTuple):
    key: int
    element_key: int
    element_id: str
    decision_id: str
    outcome: Outcome


class Evaluating:
    """What expressions cost is taken off the budget of the command, also when they fail."""

    __slots__ = ("allowed", "instance", "run")

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def __enter__(self) -> Run:
        instance, env = self.instance, self.instance.env
        self.allowed = min(FEEL_BUDGET, instance.feel_left)
        self.run = Run(instance.local_now, env.functions, self.allowed, env.calendar)
        return self.run

    def __exit__(self, *_error: object) -> None:
        self.instance.feel_left -= self.allowed - max(self.run.left, 0)


class Instance(TokenTree):
    """The tokens, the scopes and the journal of one command."""

    def __init__(self, definition: Definition, key: int, env: Environment) -> None:
        super().__init__(definition.spec, int(env.now.timestamp() * 1000))
        self.definition = definition
        self.env = env
        self.local_now = env.now.astimezone(LOCAL)
        self.key = key
        self.count = 0
        self.feel_left = FEEL_BUDGET_OF_A_COMMAND
        self.scopes = Scopes(key)
        #: Inclusive joins at which a token waits, by scope and gateway.
        self.joining: dict[tuple[int, str], tuple[Token, InclusiveGateway]] = {}
        #: Scopes that a token has left, others not: there it may be that nothing can go on.
        self.thinned: dict[int, Token] = {}
        self.records: dict[int, ElementRecord] = {}
        self.flows: list[str] = []
        self.decisions: list[DecisionEvaluated] = []
        #: Items taken back from where they were kept apart, with what they waited for.
        self.revived: dict[int, list[Wait]] = {}
        self.signals: list[Broadcast] = []
        self.thrown: list[Thrown] = []  # what a calling instance catches
        self.stopping = False  # it has come to where it was to be terminated
        self.task_tree = Token(self, definition.root, None, TaskState.STARTED, key)

    @property
    def stops_after(self) -> list[str]:
        """The elements of which the first to be left terminates the instance."""
        names: list[str] = self.task_tree.internal_data.get(STOPS_AFTER, [])
        return names

    # Tokens

    def next_key(self) -> int:
        self.count += 1
        if self.count >= MAX_KEYS:
            raise NotWaiting(f"实例 {self.key} 的编号用尽 (no keys left)")
        return self.key + self.count

    def room_for(self, tokens: int) -> None:
        if self.count + tokens > MAX_KEYS - KEYS_LEFT:
            raise Failure("UNKNOWN", "实例的元素实例太多 (too many element instances)")

    def place(self, spec: Element, scope: Token, state: int) -> Token:
        return Token(self, spec, scope, state, self.next_key())

    def restore(self, saved: Mapping[str, Any]) -> list[Token]:
        """Tokens and variables as they were saved: of an instance, or of a part of it."""
        tokens: list[Token] = []
        for key, parent, name, status, started, internal in saved["tokens"]:
            token = Token(self, self.definition.element(name), self.tasks[parent], status, key)
            token.started = started
            token.internal_data = internal
            token.inner += internal.get(PARKED, 0)
            if token.at_join and isinstance(token.task_spec, InclusiveGateway):
                self.joining[parent, name] = (token.scope, token.task_spec)
            tokens.append(token)
        self.scopes.own.update({int(key): own for key, own in saved["scopes"].items()})
        return tokens

    def handed_over(self, token: Token) -> Mapping[str, Any]:
        """The variables a call activity gives to its child process."""
        return self.scopes.view(token) if token.task_spec.hands_all else self.scopes.own.get(token.id, {})

    def spawn(self, spec: Element, scope: Token, **internal: Any) -> Token:
        token = self.place(spec, scope, TaskState.FUTURE)
        token.internal_data.update(internal)
        spec._update(token)
        if token.state == TaskState.READY:
            self.record(token, "ACTIVE")
        return token

    def spawn_item(self, spec: Element, body: Token, index: int, own: dict[str, Any]) -> None:
        token = self.spawn(spec, body, item=index)
        self.scopes.local(token).update(own)

    def arm_all(self, host: Token, names: Iterable[str], mark: str = "armed") -> None:
        """Wait for these events on behalf of ``host``, once; for all of them or, when one fails, for none."""
        if mark in host.internal_data or not names:
            return
        specs = map(self.definition.element, names)
        waits = [(spec, wait) for spec in specs if (wait := spec.subscribe(host)) is not None]
        for spec, wait in waits:
            self.place(spec, host, TaskState.WAITING).internal_data["wait"] = wait
        host.internal_data[mark] = True

    def advance(self) -> None:
        """Run what can run until everything waits or has failed."""
        budget = self.env.budget
        while True:
            while self.ready and not self.stopping:
                token = self.ready.popleft()
                if token.state != TaskState.READY:
                    continue  # cancelled meanwhile
                budget -= 1
                try:
                    if budget < 0:
                        raise Failure("UNKNOWN", f"一步之内超过 {self.env.budget} 个元素 (endless loop?)")  # noqa: TRY301
                    self.room_for(0)
                    token.run()
                except Failure as failure:
                    token._state = TaskState.ERROR
                    self.fail(token, failure)
            if self.stopping:
                self.terminate()
                return
            for place, (scope, gateway) in list(self.joining.items()):
                if scope.id not in self.tasks or gateway.decide(scope):
                    del self.joining[place]
            if not self.ready:
                self.find_stuck()
                return

    def terminate(self) -> None:
        """Cancel everything there is, unless all has come to its end already."""
        self.ready.clear()
        root = self.task_tree
        if root.state == TaskState.STARTED:
            for child in root.children:
                child.cancel()
            self.record(root, "TERMINATED")
            root._state = TaskState.CANCELLED

    def find_stuck(self) -> None:
        """Where only tokens at joins are left, nothing can ever come to them: incidents, so that it is seen.

        An event sub-process that runs beside them has no way out to a join.
        """
        for scope in self.thinned.values():
            if scope.id not in self.tasks or not all(
                token.at_join or token.armed or token.task_spec.node.type == "eventSubProcess"
                for token in scope.inside()
            ):
                continue
            for token in scope.inside():
                if token.at_join and "incident" not in token.internal_data:
                    self.fail(token, Failure("UNKNOWN", "所等的分支不会再来 (the join waits for what cannot come)"))
        self.thinned.clear()

    def fail(self, token: Token, failure: Failure) -> None:
        """Put an incident on a token, which stays where it is."""
        token.internal_data["incident"] = {
            "key": self.next_key(),
            "type": failure.error_type,
            "message": failure.message,
        }

    def leave(self, token: Token, flows: Iterable[str]) -> None:
        """A token has done its work: it goes out by its flows, and what is around it may be done too."""
        scope = token.scope
        for child in token.children:
            child.cancel()
        self.record(token, "COMPLETED")
        remember(token)
        if token.item is not None:
            token.task_spec.next_item(scope, token)
        else:
            for flow_id in flows:
                flow = self.definition.model.flows[flow_id]
                self.flows.append(flow_id)
                self.spawn(self.definition.element(flow.target), scope, flow=flow_id)
        token.leave()
        self.close_if_empty(scope)

    def close_if_empty(self, scope: Token) -> None:
        """A sub-process, a multi-instance body or the process is done when nothing is left inside."""
        if scope.inner:
            self.thinned[scope.id] = scope
            return
        if scope.state != TaskState.STARTED:
            return
        if scope.internal_data.get("compensating"):
            next_handler(scope)
            return
        for child in scope.children:  # its event sub-processes are over with it, its border is not yet
            if not child.task_spec.node.attached_to:
                child.cancel()
        if scope is self.task_tree:
            self.record(scope, "COMPLETED")
            scope._state = TaskState.COMPLETED
        else:
            scope.again(phase=LEAVING)

    def terminate_scope(self, token: Token) -> None:
        """Cancel everything else in the scope of this token."""
        for other in token.scope.children:
            if other is not token and not other.armed:
                other.cancel()

    # Expressions

    def json(
        self,
        token: Token,
        formula: Formula | None,
        error_type: str = EXTRACT_VALUE_ERROR,
        more: dict[str, Any] | None = None,
    ) -> Any:
        """The value of a text of the diagram at this element, as a process variable; null where nothing is drawn.

        ``more`` are variables that only this text sees.
        """
        if formula is None:
            return None
        if formula.expression is None:
            return formula.text
        with self.evaluation() as run:
            return formula.json(self.seen(token, more), run, error_type)

    def evaluation(self) -> Evaluating:
        """A FEEL run with the local clock, within what is left for all expressions of this command."""
        return Evaluating(self)

    def word(self, token: Token, formula: Formula | None, what: str, error_type: str = EXTRACT_VALUE_ERROR) -> str:
        """A text that must not be empty."""
        value = self.json(token, formula, error_type)
        if not isinstance(value, str) or not value:
            raise Failure(error_type, f"{what}须是文本,而不是 {shown(value)} (must be a string)")
        return value

    def condition(self, token: Token, formula: Formula, more: dict[str, Any] | None = None) -> bool:
        """A condition must be true or false; anything else, null included, is an incident."""
        with self.evaluation() as run:
            value = formula.value(self.seen(token, more), run, "CONDITION_ERROR")
        if not isinstance(value, bool):
            problem = f"条件「{formula.text}」的值须是真或假,而不是 {shown(value)} (not a boolean)"
            raise Failure("CONDITION_ERROR", problem)
        return value

    def seen(self, token: Token, more: dict[str, Any] | None) -> Mapping[str, Any]:
        scope = self.scopes.view(token)
        return ChainMap(more, scope) if more else scope

    def timer(self, token: Token, kind: str, formula: Formula | None) -> dict[str, Any]:
        """When a timer is due, and how it repeats."""
        value = self.json(token, formula)
        try:
            if not isinstance(value, str):
                raise ValueError(f"值须是时间,而不是 {shown(value)} (not a temporal value)")  # noqa: TRY301, TRY004
            return first_time(kind, value, self.env.now)
        except (ValueError, OverflowError) as error:
            raise Failure(EXTRACT_VALUE_ERROR, f"定时器:{error}") from error

    def decide(self, token: Token, decision_id: str, as_of: datetime | None = None) -> Outcome:
        """The outcome, on record; Failure where there is none."""
        try:
            seen = self.scopes.view(token)
            outcome = self.env.decide(decision_id, seen) if as_of is None else self.env.decide(decision_id, seen, as_of)
            to_json(outcome.value)
        except LookupError as error:
            raise Failure("CALLED_DECISION_ERROR", str(error.args[0] if error.args else error)) from error
        except (ValueError, RuntimeError) as error:
            raise Failure("DECISION_EVALUATION_ERROR", str(error)) from error
        node = token.task_spec.node
        self.decisions.append(DecisionEvaluated(self.next_key(), token.id, node.id, decision_id, outcome))
        if outcome.failure is not None:
            raise Failure("DECISION_EVALUATION_ERROR", outcome.failure)
        return outcome

    # Journal

    def record(self, token: Token, state: str) -> None:
        node = token.task_spec.node
        body = node.loop is not None and token.item is None
        if state != "ACTIVE" and token.item is None and token.task_spec.name in self.stops_after:
            self.stopping = True
        self.records[token.id] = ElementRecord(
            token.id,
            token.id if token.parent is None else token.parent.id,
            node.id,
            node.name,
            "MULTI_INSTANCE_BODY" if body else token.task_spec.record_type,
            state,
            datetime.fromtimestamp(token.started / 1000, UTC),
            None if state == "ACTIVE" else self.env.now,
            node.properties,
        )
