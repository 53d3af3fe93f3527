"""Migrating one process instance to another definition: what it waits for stays as it is (Camunda 8's rules).

Keys, variables, tasks, jobs, due moments, subscriptions and incidents are kept; nothing is evaluated again. Only catch
events that are not mapped are closed, and new ones are opened. An instance that could not end afterwards is refused.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from SpiffWorkflow.util.task import TaskState

from workflows.engine.beginning import BEGIN_AT
from workflows.engine.errors import Failure
from workflows.engine.execution import Execution
from workflows.engine.instance import STOPS_AFTER
from workflows.engine.markings import marking_of
from workflows.engine.migration_findings import reason
from workflows.engine.migration_plan import problems
from workflows.engine.model import Loop
from workflows.engine.sub_processes import LISTENING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workflows.engine.beginning import Plan
    from workflows.engine.dialect import Definition
    from workflows.engine.elements import Element
    from workflows.engine.migration_plan import Pair
    from workflows.engine.model import Finding, Node
    from workflows.engine.tokens import Token

Details = dict[str, Any]


class Moved(NamedTuple):
    """An active element instance that is of another element now, or of one with another name."""

    key: int
    element_id: str
    element_name: str


@dataclass(slots=True)
class Migrated:
    """What came of it. ``execution`` is None when a finding is an error; the old one has not changed then either."""

    execution: Execution | None = None
    fits: bool = True  # the plan itself, whatever the instance
    findings: list[Finding] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)  # catch events, and completed work that can no longer be undone
    opened: list[str] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)


def migrate(execution: Execution, new: Definition, pairs: Sequence[Pair]) -> Migrated:
    """An active instance under another definition, on a copy. ``pairs`` is the whole plan: ids of old and new."""
    old = execution._instance.definition
    done = Migrated(findings=problems(old.model, new.model, pairs))
    done.fits = not done.refused
    if done.fits:
        _Migration(execution, new, dict(pairs), done).run()
    return done


class _Migration:
    def __init__(self, execution: Execution, new: Definition, mapping: dict[str, str], done: Migrated) -> None:
        self.execution = execution
        self.old = execution._instance.definition
        self.new = new
        self.mapping = mapping
        self.done = done
        self.was: dict[int, str] = {}  # element ids of the tokens before, by their keys

    def run(self) -> None:
        self.execution.make_whole()
        before = self.execution._instance
        state = deepcopy(self.execution.dump())
        self._translate_ids(state["internal"])
        state["tokens"] = [row for row in state["tokens"] if self._translate(row)]
        if self.done.refused:
            return
        execution = Execution.load(self.new, state, before.env)
        instance = execution._instance
        instance.revived = {key: [] for key in before.revived}  # so that they are no longer kept apart as they were
        for token in list(instance.tasks.values()):
            self._listen(token)
        self._must_end(instance.task_tree)
        if self.done.refused:
            return
        instance.advance()  # an inclusive join may have nothing to wait for any more
        self.done.execution = execution
        self.done.moved = list(self._moved(instance.tasks))

    # Tokens

    def _translate(self, row: list[Any]) -> bool:
        """Give a token's row its element in the new process; False for a subscription that is closed."""
        key, parent, name, status, _, internal = row
        node, target = self.old.model.nodes[name], self.mapping.get(name)
        joins = status == TaskState.WAITING and self.old.element(name).joins
        self.was[key] = name
        if status == TaskState.WAITING and not joins:
            if target is None:
                self.done.closed.append(name)
                return False
            host = self.was.get(parent)
            around = self.new.root if host is None else self._element(self.mapping.get(host))
            if around is not None and target not in [one for names, _ in _heard(around) for one in names]:
                self._refuse("detached", node, f"{host or self.old.model.id} → {target}")
        elif target is None:
            self._refuse("unmapped", node)
            return True
        elif joins:
            self._check_join(node, self.new.model.nodes[target], internal["flow"])
        elif isinstance(node.loop, Loop) and "size" in internal:
            loop = self.new.model.nodes[target].loop
            collections = [one.output_collection if isinstance(one, Loop) else None for one in (node.loop, loop)]
            if collections[0] != collections[1]:
                self._refuse("collection-differs", node, " → ".join(name or "-" for name in collections))
        self._translate_ids(internal)
        row[2] = target
        return True

    def _check_join(self, node: Node, target: Node, flow: str) -> None:
        if self.mapping.get(flow, flow) not in target.incoming:
            self._refuse("flow-unmapped", node, flow)
        elif len(target.incoming) < len(node.incoming):
            self._refuse("join-narrower", node, f"{len(node.incoming)} → {len(target.incoming)}")

    def _translate_ids(self, internal: Details) -> None:
        """The element ids that a token remembers: where it begins and stops, what was completed and can be undone."""
        if begin := internal.get("begin"):
            begin["event"] = self._must_map(begin["event"])
        if BEGIN_AT in internal:
            internal[BEGIN_AT] = [self._translate_beginning(plan) for plan in internal[BEGIN_AT]]
        if STOPS_AFTER in internal:
            internal[STOPS_AFTER] = [self._must_map(name, "stop-unmapped") for name in internal[STOPS_AFTER]]
        if trigger := internal.get("trigger"):
            internal["trigger"] = self.mapping.get(trigger, trigger)
        if (flow := internal.pop("flow", None)) and (now := self.mapping.get(flow, flow)) in self.new.model.flows:
            internal["flow"] = now
        for memory, running in (("compensable", False), ("compensating", True)):
            if memory in internal:
                internal[memory] = list(self._translate_entries(internal[memory], running=running))

    def _translate_entries(self, entries: list[Details], *, running: bool) -> Iterator[Details]:
        for entry in entries:
            target = self._must_map(entry["element"]) if running else self.mapping.get(entry["element"])
            handler = getattr(self._element(target), "handler", None)
            if target is None or ("handler" in entry and handler is None):
                self.done.closed.append(entry["element"])
                continue
            inside = (
                {"inside": list(self._translate_entries(entry["inside"], running=running))} if "inside" in entry else {}
            )
            yield {**entry, "element": target, **({"handler": handler} if "handler" in entry else {}), **inside}

    def _translate_beginning(self, plan: Plan) -> Plan:
        inside = [self._translate_beginning(inner) for inner in plan["inside"]]
        return {**plan, "element": self._must_map(plan["element"]), "inside": inside}

    def _must_map(self, name: str, rule: str = "unmapped") -> str:
        if name not in self.mapping:
            self._refuse(rule, self.old.model.nodes[name])
        return self.mapping.get(name, name)

    def _element(self, name: str | None) -> Element | None:
        return None if name is None else self.new.element(name)

    def _refuse(self, rule: str, node: Node, what: str = "") -> None:
        found = reason(rule, node, what)
        if found not in self.done.findings:
            self.done.findings.append(found)

    # Events

    def _listen(self, host: Token) -> None:
        """Open the subscriptions that are new at an element instance; those that come of an old one it has or had."""
        before = self.old.root if host.parent is None else self.old.element(self.was[host.id])
        had = {self.mapping.get(name) for names, _ in _heard(before) for name in names}
        instance = host.workflow
        for names, mark in _heard(host.task_spec):
            if not names or not _hears(host, mark):
                continue
            for spec in map(self.new.element, names):
                if spec.name in had:
                    continue
                try:
                    wait = spec.subscribe(host)
                except Failure as failure:
                    self._refuse("subscription-failed", spec.node, failure.message)
                    continue
                if wait is not None:
                    instance.place(spec, host, TaskState.WAITING).internal_data["wait"] = wait
                    self.done.opened.append(spec.name)
            host.internal_data[mark] = True

    def _must_end(self, root: Token) -> None:
        ends = self.new.can_finish(marking_of(root))
        if not ends:
            inside = {
                token.task_spec.node.id: token.task_spec.node for token in root.workflow.tasks.values() if token.parent
            }
            where = "、".join(node.name or node.id for node in inside.values())
            found = reason("finish-unsure" if ends is None else "cannot-finish", root.task_spec.node, where)
            self.done.findings.append(found)

    def _moved(self, tokens: dict[int, Token]) -> Iterator[Moved]:
        for key, token in tokens.items():
            name = self.was.get(key)
            old = self.old.root.node if token.parent is None else self.old.model.nodes[name] if name else None
            node = token.task_spec.node
            if old and token.state != TaskState.WAITING and (old.id, old.name) != (node.id, node.name):
                yield Moved(key, node.id, node.name)


def _heard(spec: Element) -> list[tuple[list[str], str]]:
    """The events that are armed under an element instance, each group with the mark it leaves."""
    behind = [flow.target for flow in spec.flows] if spec.node.type == "eventBasedGateway" else []
    return [
        (getattr(spec, "boundary", []) or behind, "armed"),
        (getattr(spec, "event_starts", []), LISTENING),
    ]


def _hears(host: Token, mark: str) -> bool:
    """Whether it has begun to listen and not ceased: before, it will by itself, and afterwards never again."""
    internal = host.internal_data
    if host.state == TaskState.WAITING or "compensating" in internal:
        return False
    if host.state == TaskState.ERROR and "phase" not in internal and mark not in internal:
        return False
    if mark != LISTENING:
        return host.item is None
    body = host.task_spec.node.loop is not None and host.item is None
    return not body and "phase" not in internal and "interrupted" not in internal
