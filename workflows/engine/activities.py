"""Activities: what waits for people, workers, decisions and other processes, once or for each item of a collection."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from workflows.calendar import Limit, Unit
from workflows.engine.elements import GIVEN, Element
from workflows.engine.errors import Failure
from workflows.engine.formulas import EXTRACT_VALUE_ERROR, Formula, as_text, formula, shown
from workflows.engine.timers import parse_instant
from workflows.engine.waiting import text

if TYPE_CHECKING:
    from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

    from workflows.engine.instance import Instance
    from workflows.engine.model import Node, Process
    from workflows.engine.tokens import Token

DEFAULT_PRIORITY = 50  # Camunda 8's, like the retries
DEFAULT_RETRIES = 3
MAX_PRIORITY = 100
MAX_RETRIES = 1_000_000
PATH = re.compile(r"=\s*([^\W\d]\w*)(\.[^\W\d]\w*)*\Z")


class Activity(Element):
    """Input mappings, boundary events, work, output mappings; with loop characteristics once per item."""

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        self.boundary = [boundary.id for boundary in process.boundaries(node.id)]
        self.limit = formula(node.properties.get("bihuan:limit"))
        loop = node.loop
        self.loop = loop
        self.collection = formula(loop.input_collection) if loop else None
        self.output_element = formula(loop.output_element) if loop else None
        self.completion = formula(loop.completion_condition) if loop else None
        # An output element that is a variable, or a part of one, is the item's own variable (Camunda 8's rule).
        path = PATH.match(self.output_element.text) if self.output_element else None
        self.output_name = path[1] if path else None

    def setting(self, element: str, name: str) -> Formula | None:
        return formula(self.node.settings.get(element, {}).get(name))

    def run(self, token: Token) -> bool | None:
        body = self.loop is not None and token.item is None
        if "phase" in token.internal_data:
            return self.finish_body(token) if body else self.finish(token)
        if body:
            self.arm(token)
            return self.start_items(token)
        instance: Instance = token.workflow
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
        if self.limit is not None and "limit" not in token.internal_data:
            token.internal_data["limit"] = self.clock(token, self.limit)
        if token.item is None:
            self.arm(token)

    def arm(self, token: Token) -> None:
        """Subscribe the boundary events, once; all of them or, when one fails, none."""
        instance: Instance = token.workflow
        if not self.boundary or "armed" in token.internal_data:
            return
        specs = [instance.definition.element(name) for name in self.boundary]
        subscriptions = [(spec, spec.subscription(token)) for spec in specs if spec.arms]
        for spec, subscription in subscriptions:
            instance.arm(spec, token, subscription)
        token.internal_data["armed"] = True

    def clock(self, token: Token, limit: Formula) -> dict[str, Any] | None:
        """The limit of this activity's clock: {unit, number}, or null for none."""
        value = token.workflow.json(token, limit)
        if value is None:
            return None
        try:
            valid = Limit(Unit(value["unit"]), Decimal(str(value["number"])))
        except (KeyError, TypeError, InvalidOperation) as error:
            raise Failure(EXTRACT_VALUE_ERROR, f"时限须是 {{unit, number}},而不是 {shown(value)} (limit)") from error
        except ValueError as error:
            raise Failure(EXTRACT_VALUE_ERROR, f"时限 (limit):{error}") from error
        drawn = self.node.properties
        return {
            "stage": drawn["bihuan:stage"],
            "unit": valid.unit.value,
            "number": str(valid.number),
            "ladder": drawn.get("bihuan:ladder"),
        }

    def finish(self, token: Token) -> bool:
        if token.internal_data.get("phase") != GIVEN:
            super().finish(token)
        if token.item is not None:
            token.internal_data["phase"] = GIVEN  # also when the rest fails and is run again
            self.finish_item(token)
        return True

    # Multi-instance: the body is one token, each item another inside it.

    def start_items(self, body: Token) -> bool | None:
        instance: Instance = body.workflow
        items = instance.json(body, self.collection)
        if not isinstance(items, list):
            problem = f"输入集合须是列表,而不是 {shown(items)} (input collection must be a list)"
            raise Failure(EXTRACT_VALUE_ERROR, problem)
        instance.room_for(len(items))
        loop = self.loop
        body.internal_data.update(size=len(items), done=0, gone=0)
        if loop is None:
            return None
        if loop.output_collection:
            instance.scopes.local(body)[loop.output_collection] = [None] * len(items)
        if not items:
            return self.finish_body(body)
        if loop.sequential:
            body.internal_data["items"] = items
            items = items[:1]
        for index, item in enumerate(items, start=1):
            instance.spawn_item(self, body, index, item)
        return None

    def finish_item(self, item: Token) -> None:
        """Collect the item's output and see whether the whole is done; fails before anything has changed."""
        instance: Instance = item.workflow
        body, loop = item.scope, self.loop
        if loop is None or item.item is None:
            return
        output = None
        if self.output_element is not None:
            output = instance.json(item, self.output_element)
        counts = body.internal_data
        if self.completion is not None:
            seen = {
                "numberOfInstances": counts["size"],
                "numberOfCompletedInstances": counts["done"] + 1,
                "numberOfActiveInstances": body.inner - 1,
                "numberOfTerminatedInstances": counts["gone"],
            }
            item.internal_data["last"] = instance.condition(item, self.completion, seen)
        if loop.output_collection:
            collected = instance.scopes.local(body).get(loop.output_collection)
            if not isinstance(collected, list) or len(collected) != counts["size"]:
                problem = (
                    f"输出集合「{loop.output_collection}」变成了 {shown(collected)} (output collection overwritten)"
                )
                raise Failure(EXTRACT_VALUE_ERROR, problem)
            collected[item.item - 1] = output
        counts["done"] += 1

    def next_item(self, body: Token, item: Token) -> None:
        """After an item has left: the next of a sequence, or, when the condition said so, no more of them."""
        instance: Instance = body.workflow
        items = body.internal_data.get("items", [])
        if item.internal_data.get("last"):
            body.internal_data["items"] = []
            for other in [child for child in body.children if child is not item and not child.armed]:
                body.internal_data["gone"] += 1
                other.cancel()
        elif item.item is not None and item.item < len(items):
            instance.spawn_item(self, body, item.item + 1, items[item.item])

    def finish_body(self, body: Token) -> bool:
        loop, instance = self.loop, body.workflow
        if loop is not None and loop.output_collection:
            collected = instance.scopes.local(body)[loop.output_collection]
            instance.scopes.propagate(body.scope, {loop.output_collection: collected})
        return True


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
        self.properties = {name: Formula(value) for name, value in drawn.items() if name != "bihuan:limit"}

    def work(self, token: Token) -> bool | None:
        instance: Instance = token.workflow
        token.internal_data["wait"] = {
            "kind": "user_task",
            "assignee": self.word(token, self.assignee),
            "candidate_groups": self.words(token, self.groups),
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
        self.type = self.setting("taskDefinition", "type")
        self.retries = self.setting("taskDefinition", "retries")

    def work(self, token: Token) -> bool | None:
        instance: Instance = token.workflow
        kind = instance.word(token, self.type, "任务类型 (job type)")
        retries = whole(token, self.retries, "重试次数 (retries)", DEFAULT_RETRIES, MAX_RETRIES)
        token.internal_data["wait"] = {"kind": "job", "type": kind, "retries": retries, "headers": self.node.headers}
        return None


class ServiceTask(JobTask):
    record_type = "SERVICE_TASK"


class SendTask(JobTask):
    record_type = "SEND_TASK"


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
    """A decision of our own (zeebe:calledDecision), or a job like a service task."""

    record_type = "BUSINESS_RULE_TASK"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        self.decision = self.setting("calledDecision", "decisionId")
        self.result = node.settings.get("calledDecision", {}).get("resultVariable", "")

    def work(self, token: Token) -> bool | None:
        if self.decision is None:
            return super().work(token)
        instance: Instance = token.workflow
        decision_id = instance.word(token, self.decision, "决策 (decisionId)", "CALLED_DECISION_ERROR")
        token.internal_data["result"] = {self.result: instance.decide(token, decision_id)}
        return self.finish(token)


class SubProcess(Activity):
    record_type = "SUB_PROCESS"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        self.starts = [start.id for start in process.starts(node.id)]

    def work(self, token: Token) -> bool | None:
        instance: Instance = token.workflow
        for start in self.starts:
            instance.spawn(instance.definition.element(start), token)
        return None


class CallActivity(Activity):
    """Waits for a child process instance; what it hands over and takes back is Camunda 8's propagation."""

    record_type = "CALL_ACTIVITY"

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        called = node.settings.get("calledElement", {})
        self.called = self.setting("calledElement", "processId")
        self.hands_all = called.get("propagateAllParentVariables", "true") == "true"
        self.takes_all = called.get("propagateAllChildVariables", "true") == "true"

    def work(self, token: Token) -> bool | None:
        instance: Instance = token.workflow
        process_id = instance.word(token, self.called, "被调用的流程 (processId)", "CALLED_ELEMENT_ERROR")
        token.internal_data["wait"] = {"kind": "call", "process_id": process_id, "propagate": self.takes_all}
        return None

    def finish(self, token: Token) -> bool:
        if not self.takes_all and not self.outputs_:
            token.internal_data.pop("result", None)
        return super().finish(token)


def whole(token: Token, drawn: Formula | None, what: str, default: int, most: int) -> int:
    """A number drawn at this element, or its digits: a whole one from 0 to ``most``."""
    if drawn is None:
        return default
    value = token.workflow.json(token, drawn)
    try:
        number = Decimal(value)
        if isinstance(value, bool) or not 0 <= number <= most or number != int(number):
            raise ValueError  # noqa: TRY301
    except (ArithmeticError, TypeError, ValueError) as error:
        problem = f"{what}须是 0 到 {most} 的整数,而不是 {shown(value)}"
        raise Failure(EXTRACT_VALUE_ERROR, problem) from error
    return int(number)
