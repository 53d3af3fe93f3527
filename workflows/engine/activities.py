"""Activities: what waits for people, workers, messages, decisions and other processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.engine.clocks import OWN, ActivityClock
from workflows.engine.errors import Failure
from workflows.engine.events import Subscription
from workflows.engine.formulas import EXTRACT_VALUE_ERROR, Formula, as_text, formula, shown
from workflows.engine.jobs import JobDrawn, whole
from workflows.engine.loops import Repeated
from workflows.engine.timers import parse_instant
from workflows.engine.waiting import text
from workflows.feel import to_json

if TYPE_CHECKING:
    from datetime import datetime

    from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

    from workflows.engine.instance import Instance
    from workflows.engine.model import Node, Process
    from workflows.engine.tokens import Token

DEFAULT_PRIORITY = 50  # Camunda 8's
MAX_PRIORITY = 100
AS_OF, BASIS = "bihuan:asOf", "bihuan:basis"
# Which versions an element may ask for.
BINDINGS = {"calledElement": frozenset({"latest", "deployment", "versionTag"})}


class Activity(Repeated):
    """Input mappings, boundary events, work, output mappings; with loop characteristics once per item or round."""

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        self.boundary = [boundary.id for boundary in process.boundaries(node.id)]
        self.clock = ActivityClock(node)
        self.handler = next((b.handler for b in process.boundaries(node.id) if b.handler), None)

    def setting(self, element: str, name: str) -> Formula | None:
        return formula(self.node.settings.get(element, {}).get(name))

    def run(self, token: Token) -> bool | None:
        if "compensating" in token.internal_data:  # what was completed inside it has been undone
            return True
        body = self.loop is not None and token.item is None
        if "phase" in token.internal_data:
            return self.finish_body(token) if body else self.finish(token)
        instance: Instance = token.workflow
        if body:
            instance.arm_all(token, self.boundary)
            return self.start_items(token)
        own = dict(instance.scopes.own.get(token.id, {}))
        try:
            self.prepare(token)
            return self.work(token)
        except Failure:
            if "phase" not in token.internal_data:  # it will begin anew, and must not see what its mappings have made
                instance.scopes.restore(token, own)
            raise

    def work(self, token: Token) -> bool | None:
        raise NotImplementedError

    def prepare(self, token: Token) -> None:
        instance: Instance = token.workflow
        if self.inputs_:
            produced = self.mapped(token, self.inputs_, {})
            instance.scopes.local(token).update(produced)
        self.clock.start(token)
        if token.item is None:
            instance.arm_all(token, self.boundary)

    def finish(self, token: Token) -> bool:
        super().finish(token)
        if token.item is not None:
            self.finish_item(token)
        return True


class PassingTask(Activity):
    """An undefined or manual task: drawn for people, nothing to wait for."""

    def work(self, token: Token) -> bool | None:
        return self.finish(token)


class UndefinedTask(PassingTask):
    record_type = "TASK"


class ManualTask(PassingTask):
    record_type = "MANUAL_TASK"


class UserTask(Activity):
    record_type = "USER_TASK"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        form = node.settings.get("formDefinition", {})
        self.form = formula(form.get("formId") or form.get("formKey") or form.get("externalReference"))
        self.assignee = self.setting("assignmentDefinition", "assignee")
        self.groups = self.setting("assignmentDefinition", "candidateGroups")
        self.users = self.setting("assignmentDefinition", "candidateUsers")
        self.due = self.setting("taskSchedule", "dueDate")
        self.follow_up = self.setting("taskSchedule", "followUpDate")
        self.priority = self.setting("priorityDefinition", "priority")
        drawn = {**node.headers, **node.properties}
        self.properties = {name: Formula(value) for name, value in drawn.items() if name not in OWN}

    def work(self, token: Token) -> bool | None:
        instance: Instance = token.workflow
        token.internal_data["wait"] = {
            "kind": "user_task",
            "assignee": self.word(token, self.assignee),
            "candidate_groups": [instance.env.seat(group) for group in self.words(token, self.groups)],
            "candidate_users": self.words(token, self.users),
            "due_date": self.instant(token, self.due),
            "follow_up_date": self.instant(token, self.follow_up),
            "priority": whole(token, self.priority, "优先级 (priority)", DEFAULT_PRIORITY, MAX_PRIORITY),
            "form_id": self.word(token, self.form),
            "properties": {name: as_text(instance.json(token, drawn)) for name, drawn in self.properties.items()},
        }
        return None

    def word(self, token: Token, drawn: Formula | None) -> str | None:
        """A text, or nothing."""
        value = token.workflow.json(token, drawn)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise Failure(EXTRACT_VALUE_ERROR, f"须是文本,而不是 {shown(value)} (must be a string)")
        return value

    def words(self, token: Token, drawn: Formula | None) -> list[str]:
        value = token.workflow.json(token, drawn)
        if value is None:
            return []
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise Failure(EXTRACT_VALUE_ERROR, f"须是文本的列表,而不是 {shown(value)} (must be a list of strings)")
        return value

    def instant(self, token: Token, drawn: Formula | None) -> str | None:
        value = self.word(token, drawn)
        try:
            return None if value is None else text(parse_instant(value))
        except (ValueError, OverflowError) as error:
            raise Failure(EXTRACT_VALUE_ERROR, str(error)) from error


class JobTask(Activity):
    """A service, send or business-rule task with a task definition: a job for a worker."""

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        self.job = JobDrawn(node)

    def work(self, token: Token) -> bool | None:
        token.internal_data["wait"] = self.job.wait(token)
        return None


class ServiceTask(JobTask):
    record_type = "SERVICE_TASK"


class SendTask(JobTask):
    record_type = "SEND_TASK"


class ReceiveTask(Activity):
    record_type = "RECEIVE_TASK"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        self.subscription = Subscription(node.event) if node.event else None

    def work(self, token: Token) -> bool | None:
        if self.subscription:
            token.internal_data["wait"] = self.subscription.at(token)
        return None


class ScriptTask(Activity):
    record_type = "SCRIPT_TASK"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        self.script = self.setting("script", "expression")
        self.result = node.settings.get("script", {}).get("resultVariable", "")

    def work(self, token: Token) -> bool | None:
        value = token.workflow.json(token, self.script)
        token.internal_data["result"] = {self.result: value}
        return self.finish(token)


class BusinessRuleTask(JobTask):
    """A decision of our own (zeebe:calledDecision), or a job like a service task.

    ``bihuan:asOf`` asks for the version in force at a moment; ``bihuan:basis`` names the variable that says by which
    version and rules it was taken.
    """

    record_type = "BUSINESS_RULE_TASK"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        self.decision = self.setting("calledDecision", "decisionId")
        self.result = node.settings.get("calledDecision", {}).get("resultVariable", "")
        self.as_of = formula(node.properties.get(AS_OF))
        self.basis = node.properties.get(BASIS)

    def work(self, token: Token) -> bool | None:
        if self.decision is None:
            return super().work(token)
        instance: Instance = token.workflow
        decision_id = instance.word(token, self.decision, "决策 (decisionId)", "CALLED_DECISION_ERROR")
        outcome = instance.decide(token, decision_id, self._as_of(token))
        token.internal_data["result"] = {self.result: to_json(outcome.value)}
        if self.basis:
            token.internal_data["result"][self.basis] = outcome.basis
        return self.finish(token)

    def _as_of(self, token: Token) -> datetime | None:
        if self.as_of is None:
            return None
        value = token.workflow.json(token, self.as_of)
        try:
            if not isinstance(value, str):
                raise ValueError(f"须是日期,而不是 {shown(value)} (must be a date)")  # noqa: TRY301, TRY004
            return parse_instant(value)
        except (ValueError, OverflowError) as error:
            raise Failure(EXTRACT_VALUE_ERROR, f"{AS_OF}:{error}") from error


class CallActivity(Activity):
    """Waits for a child process instance; what it hands over and takes back is Camunda 8's propagation."""

    record_type = "CALL_ACTIVITY"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        called = node.settings.get("calledElement", {})
        self.called = self.setting("calledElement", "processId")
        self.hands_all = called.get("propagateAllParentVariables", "true") == "true"
        self.takes_all = called.get("propagateAllChildVariables", "true") == "true"
        self.binding = binding(called)

    def work(self, token: Token) -> bool | None:
        instance: Instance = token.workflow
        process_id = instance.word(token, self.called, "被调用的流程 (processId)", "CALLED_ELEMENT_ERROR")
        token.internal_data["wait"] = {
            "kind": "call",
            "process_id": process_id,
            "propagate": self.takes_all,
            "binding": self.binding,
        }
        return None

    def give(self, token: Token) -> None:
        if self.takes_all or self.outputs_:
            super().give(token)


def binding(setting: dict[str, str]) -> dict[str, str]:
    """Which version is meant: latest, deployment (that of this diagram), or versionTag with the tag."""
    kind = setting.get("bindingType", "latest")
    return {"type": kind, **({"tag": setting.get("versionTag", "")} if kind == "versionTag" else {})}
