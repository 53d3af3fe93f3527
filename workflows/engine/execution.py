"""One process instance in memory. Commands go in, wait states come out; nothing here touches the world."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from workflows.engine.beginning import BEGIN_AT
from workflows.engine.elements import LEAVING
from workflows.engine.errors import Failure, NotWaiting
from workflows.engine.instance import STOPS_AFTER, Instance
from workflows.engine.modifying import modify
from workflows.engine.parking import PARKED, find, park, revive_inside, row
from workflows.engine.pausing import postpone
from workflows.engine.planning import Planning
from workflows.engine.propagation import catcher, happen, manner, throw
from workflows.engine.skipping import skip
from workflows.engine.waiting import text, waits_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from workflows.engine.dialect import Definition
    from workflows.engine.instance import DecisionEvaluated, Environment
    from workflows.engine.modifying import Modification
    from workflows.engine.parking import Part
    from workflows.engine.planning import Activate
    from workflows.engine.propagation import Broadcast, Thrown
    from workflows.engine.tokens import Token
    from workflows.engine.waits import ElementRecord, Variables, Wait

State = dict[str, Any]  # a JSON value; numbers are int or Decimal
CHANGEABLE = frozenset({
    "assignee", "candidate_groups", "candidate_users", "due_date", "follow_up_date", "priority",
})  # fmt: skip


class Execution:
    """A running process instance, made by ``start`` or ``load``.

    Keys are those of the waits; a wrong one raises NotWaiting and changes nothing. What fails while the instance
    advances never raises: it is an IncidentWait on the element, and the rest of the instance goes on.
    """

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    @classmethod
    def start(
        cls,
        definition: Definition,
        *,
        key: int,
        variables: Variables,
        env: Environment,
        start_event: str | None = None,
        at: tuple[Activate, ...] = (),
        stops_after: tuple[str, ...] = (),
    ) -> Execution:
        """Begin at the none start event, at the message, timer or signal start event of that id, or ``at`` elements.

        NotWaiting without it; NotModifiable where one cannot begin. The first of ``stops_after`` that is completed or
        terminated terminates the instance.
        """
        instance = Instance(definition, key, env)
        if stops_after:
            nodes = map(Planning(instance).node, stops_after)
            instance.task_tree.internal_data[STOPS_AFTER] = [node.id for node in nodes]
        if at:
            return cls._start_at(instance, variables, at)
        starts = definition.model.starts()
        begin = next((s for s in starts if (s.event is None if start_event is None else s.id == start_event)), None)
        if begin is None:
            raise NotWaiting(f"流程「{definition.model.id}」没有这个开始事件 (no such start event): {start_event}")
        instance.record(instance.task_tree, "ACTIVE")
        if start_event is None:
            instance.scopes.own[key].update(variables)
        arriving = {} if start_event is None else variables
        instance.task_tree.again(begin={"event": begin.id, "variables": arriving})
        instance.advance()
        return cls(instance)

    @classmethod
    def _start_at(cls, instance: Instance, variables: Variables, at: tuple[Activate, ...]) -> Execution:
        planning = Planning(instance)
        for activate in at:
            planning.add(activate)
        instance.record(instance.task_tree, "ACTIVE")
        instance.scopes.own[instance.key].update(variables)
        instance.task_tree.again(**{BEGIN_AT: planning.plans[instance.key]})
        instance.advance()
        return cls(instance)

    @classmethod
    def load(cls, definition: Definition, saved: State, env: Environment) -> Execution:
        """Continue from ``dump``, which now belongs to the execution; the definition must be the one it began with."""
        instance = Instance(definition, saved["key"], env)
        instance.task_tree._state = saved["state"]
        instance.task_tree.internal_data = saved.get("internal", {})
        instance.count = saved["count"]
        instance.restore(saved)
        return cls(instance)

    def dump(self, parts: dict[int, Part | None] | None = None) -> State:
        """The whole state as a JSON value: the token tree and the scopes. The specification is not in it.

        With ``parts`` items of a large multi-instance that wait are left out and given there, by the keys of their
        items: those to be kept apart from now on, and None for those that no longer are.
        """
        instance = self._instance
        apart: dict[int, Part] = {}
        if parts is not None:
            apart = park(instance)
            parts.update(dict.fromkeys(instance.revived))
            parts.update(apart)
        inside = {row[0] for part in apart.values() for row in part["tokens"]}
        counts = Counter(instance.tasks[key].parent.id for key in apart)
        inside.add(instance.key)
        tokens = [row(token) for key, token in instance.tasks.items() if key not in inside]
        for saved in tokens:
            if kept := counts[saved[0]]:
                saved[5] = {**saved[5], PARKED: saved[5].get(PARKED, 0) + kept}
        return {
            "key": instance.key,
            "state": instance.task_tree.state,
            "internal": instance.task_tree.internal_data,
            "count": instance.count,
            "tokens": tokens,
            "scopes": {str(key): own for key, own in instance.scopes.own.items() if key not in inside - {instance.key}},
        }

    def make_whole(self) -> None:
        """Take back everything that is kept apart."""
        for token in list(self._instance.tasks.values()):
            revive_inside(token)

    # Commands

    def complete(self, key: int, variables: Variables) -> None:
        """A user task, a job or a called process is done, with these variables."""
        token = self._waiting(key, "user_task", "job", "call")
        for settled in ("wait", "incident"):
            token.internal_data.pop(settled, None)
        token.again(result=variables, phase=LEAVING)
        self._instance.advance()

    def fire(self, key: int) -> None:
        """A timer is due."""
        happen(self._waiting(key, "timer"), {})
        self._instance.advance()

    def correlate(self, key: int, variables: Variables) -> None:
        """A message has come."""
        happen(self._waiting(key, "message"), variables)
        self._instance.advance()

    def receive(self, key: int, variables: Variables) -> None:
        """A signal that is waited for has been thrown elsewhere."""
        happen(self._waiting(key, "signal"), variables)
        self._instance.advance()

    def throw_error(self, key: int, code: str, message: str, variables: Variables) -> bool:
        """A worker or a called process throws a BPMN error; caught by nobody it is an incident there, and False."""
        token = self._waiting(key, "job", "call")
        caught = throw(token, "error", code, variables, message) is not None
        if not caught:
            text = f"错误「{code}」没有被捕获 (not caught): {message}"
            self._instance.fail(token, Failure("UNHANDLED_ERROR_EVENT", text))
        self._instance.advance()
        return caught

    def throw_escalation(self, key: int, code: str, variables: Variables) -> None:
        """A called process throws an escalation."""
        throw(self._waiting(key, "call"), "escalation", code, variables)
        self._instance.advance()

    def is_calling(self, key: int) -> bool:
        """Whether this call activity still waits for what it called."""
        token = find(self._instance, key)
        return token is not None and token.internal_data.get("wait", {}).get("kind") == "call"

    def catches(self, key: int, kind: str, code: str) -> str | None:
        """How this instance itself catches an error or escalation of a called process: interrupting or not; or not."""
        found = catcher(self._waiting(key, "call"), kind, code)
        return None if found is None else manner(found[1])

    def fail(self, key: int, error_type: str, message: str) -> None:
        """Put an incident on an element instance that stays as it is, e.g. a job without retries (JOB_NO_RETRIES)."""
        token = self._token(key)
        if token is self._instance.task_tree:
            raise NotWaiting(f"流程实例自身不能有事件 (a process instance has no incident itself): {key}")
        self._instance.fail(token, Failure(error_type, message))

    def resolve(self, incident_key: int) -> None:
        """Run again what failed, or let a job be tried again."""
        token = self._failed(incident_key)
        del token.internal_data["incident"]
        if token.state == TaskState.ERROR:
            token.again()
        elif token.at_join:  # nothing has changed there: it fails again unless something can come now
            self._instance.thinned[token.scope.id] = token.scope
        self._instance.advance()

    def skip(self, incident_key: int, variables: Variables, flows: Sequence[str] = ()) -> None:
        """Take the element of an incident as done, without its work. NotModifiable for joins and without a way out."""
        self.make_whole()
        skip(self._failed(incident_key), variables, flows)
        self._instance.advance()

    def set_variables(self, scope_key: int, variables: Mapping[str, Any], *, local: bool = False) -> None:
        """Write variables at an element instance, or outwards from it to where they are defined."""
        self._must_be_active()
        token = self._token(scope_key)
        if local:
            self._instance.scopes.local(token).update(variables)
        else:
            self._instance.scopes.propagate(token, variables)

    def update_user_task(self, key: int, changes: Mapping[str, Any]) -> None:
        """Change what CHANGEABLE names of a user task; KeyError for anything else."""
        wait = self._waiting(key, "user_task").internal_data["wait"]
        if unknown := changes.keys() - CHANGEABLE:
            raise KeyError(*sorted(unknown))
        for name, value in changes.items():
            wait[name] = text(value) if name in {"due_date", "follow_up_date"} else value

    def reseat(self) -> None:
        """Who has tasks and clocks is called as it is now; nothing else changes. What is kept apart stays as it is."""
        seat = self._instance.env.seat
        for token in self._instance.tasks.values():
            wait, clock = token.internal_data.get("wait") or {}, token.internal_data.get("limit") or {}
            if wait.get("kind") == "user_task":
                wait["candidate_groups"] = list(dict.fromkeys(map(seat, wait["candidate_groups"])))
            if clock.get("holder"):
                clock["holder"] = seat(clock["holder"])

    def terminate(self) -> None:
        """Cancel the instance and everything in it."""
        self._must_be_active()
        self._instance.terminate()

    def modify(self, modification: Modification) -> None:
        """Activate, move and terminate elements; nothing left of it, it is terminated. NotModifiable."""
        self._must_be_active()
        self.make_whole()
        if modify(self._instance, modification):
            self._instance.advance()
        else:
            self.terminate()

    def postpone(self, since: datetime) -> None:
        """Nothing has gone on since then: every timer is due as much later."""
        self._must_be_active()
        self.make_whole()
        postpone(self._instance, since)

    # What comes out

    @property
    def state(self) -> str:
        """ACTIVE, COMPLETED or TERMINATED."""
        root = self._instance.task_tree.state
        return {TaskState.COMPLETED: "COMPLETED", TaskState.CANCELLED: "TERMINATED"}.get(root, "ACTIVE")

    def waits(self) -> list[Wait]:
        """Everything the instance waits for, in the order in which it began to."""
        instance = self._instance
        return [wait for token in instance.tasks.values() for wait in waits_of(token, instance.handed_over)]

    def revived(self) -> list[Wait]:
        """What the items waited for that were taken back since start or load, as it was before."""
        return [wait for waits in self._instance.revived.values() for wait in waits]

    @property
    def revived_count(self) -> int:
        return len(self._instance.revived)

    def still_waits(self, wait: Wait) -> bool:
        """Whether this is still waited for and nothing has failed there."""
        token: Token | None = self._instance.tasks.get(wait.element_key)
        return (
            token is not None
            and "incident" not in token.internal_data
            and any(
                type(one) is type(wait) and one.key == wait.key for one in waits_of(token, self._instance.handed_over)
            )
        )

    def fetch(self, key: int) -> None:
        """Have the item back in which this element instance or subscription is, if it is kept apart."""
        find(self._instance, key)

    def records(self) -> list[ElementRecord]:
        """The element instances that are new or have ended since start or load."""
        return list(self._instance.records.values())

    @property
    def flows(self) -> list[str]:
        """Ids of the sequence flows taken since start or load."""
        return self._instance.flows

    def next_key(self) -> int:
        """A key for something that happens in this instance and is no element."""
        return self._instance.next_key()

    @property
    def decisions(self) -> list[DecisionEvaluated]:
        return self._instance.decisions

    @property
    def signals(self) -> list[Broadcast]:
        """The signals thrown since start or load, for other instances and for signal start events."""
        return self._instance.signals

    @property
    def thrown(self) -> list[Thrown]:
        """Errors and escalations since start or load that the calling instance catches."""
        return self._instance.thrown

    def variables(self, scope_key: int | None = None) -> Variables:
        """What is visible at an element instance; of the process instance itself when none is given."""
        return dict(self._instance.scopes.view(self._token(self._instance.key if scope_key is None else scope_key)))

    def around(self, key: int) -> set[int]:
        """The keys of an element instance and of those around it."""
        return {token.id for token in self._token(key).lineage()}

    def scopes(self) -> dict[int, Variables]:
        """Every scope's own variables by its key."""
        return self._instance.scopes.own

    # Inside

    def _must_be_active(self) -> None:
        if self.state != "ACTIVE":
            raise NotWaiting(f"流程实例 {self._instance.key} 已经结束 (has ended)")

    def _token(self, key: int) -> Token:
        token = find(self._instance, key)
        if token is None:
            raise NotWaiting(f"没有这个元素实例 (no such element instance): {key}")
        return token

    def _failed(self, incident_key: int) -> Token:
        token: Token
        for token in self._instance.tasks.values():
            if token.internal_data.get("incident", {}).get("key") == incident_key:
                return token
        raise NotWaiting(f"没有这个事件 (no such incident): {incident_key}")

    def _waiting(self, key: int, *kinds: str) -> Token:
        token = find(self._instance, key)
        if token is None or token.internal_data.get("wait", {}).get("kind") not in kinds:
            raise NotWaiting(f"{key} 不在等待 {' / '.join(kinds)} (is not waiting)")
        return token
