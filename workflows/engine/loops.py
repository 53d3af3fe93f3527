"""Activities that are done several times: for each item of a collection, or again while a condition holds.

The body is one token, each item or round another inside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from workflows.engine.elements import Element
from workflows.engine.errors import Failure
from workflows.engine.formulas import EXTRACT_VALUE_ERROR, formula, shown
from workflows.engine.jobs import whole
from workflows.engine.model import Loop, StandardLoop
from workflows.engine.parking import revive_inside

if TYPE_CHECKING:
    from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

    from workflows.engine.instance import Instance
    from workflows.engine.model import Node, Process
    from workflows.engine.tokens import Token

PATH = re.compile(r"=\s*([^\W\d]\w*)(\.[^\W\d]\w*)*\Z")
MOST_ROUNDS = 1_000_000


class Repeated(Element):
    """What multi-instance and standard loop characteristics add to an activity."""

    def __init__(self, spec: WorkflowSpec, node: Node, process: Process) -> None:
        super().__init__(spec, node, process)
        loop = self.loop = node.loop
        self.each = loop if isinstance(loop, Loop) else None
        self.again = loop if isinstance(loop, StandardLoop) else None
        self.collection = formula(self.each.input_collection) if self.each else None
        self.output_element = formula(self.each.output_element) if self.each else None
        self.completion = formula(self.each.completion_condition) if self.each else None
        self.condition = formula(self.again.condition) if self.again else None
        self.maximum = formula(self.again.maximum) if self.again else None
        # An output element that is a variable, or a part of one, is the item's own variable (Camunda 8's rule).
        path = PATH.match(self.output_element.text) if self.output_element else None
        self.output_name = path[1] if path else None

    def target(self, token: Token) -> Token:
        """One item keeps what is mapped to its own variables, above all to its output element."""
        return token if token.item is not None and self.each else super().target(token)

    def start_items(self, body: Token) -> bool | None:
        return self.start_rounds(body) if self.again else self.start_collection(body)

    # Multi-instance

    def start_collection(self, body: Token) -> bool | None:
        instance: Instance = body.workflow
        items = instance.json(body, self.collection)
        if not isinstance(items, list):
            problem = f"输入集合须是列表,而不是 {shown(items)} (input collection must be a list)"
            raise Failure(EXTRACT_VALUE_ERROR, problem)
        instance.room_for(len(items))
        loop = self.each
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
            self.start_item(body, index, item)
        return None

    def start_item(self, body: Token, index: int, item: Any = None) -> None:
        instance: Instance = body.workflow
        own: dict[str, Any] = {"loopCounter": index}
        if self.each and self.each.input_element:
            own[self.each.input_element] = item
        if self.output_name:
            own.setdefault(self.output_name, None)
        instance.spawn_item(self, body, index, own)

    def finish_item(self, item: Token) -> None:
        """Collect the item's output and see whether the whole is done; fails before anything has changed."""
        instance: Instance = item.workflow
        body, loop = item.scope, self.each
        if self.again:
            item.internal_data["last"] = not self.goes_on(item, item.item or 0)
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
        items = body.internal_data.get("items", [])
        index = item.item or 0
        if item.internal_data.get("last"):
            body.internal_data["items"] = []
            revive_inside(body)
            for other in [child for child in body.children if child is not item and not child.armed]:
                body.internal_data["gone"] += 1
                other.cancel()
        elif self.again:
            self.start_item(body, index + 1)
        elif index < len(items):
            self.start_item(body, index + 1, items[index])

    def finish_body(self, body: Token) -> bool:
        loop, instance = self.each, body.workflow
        if loop is not None and loop.output_collection:
            collected = instance.scopes.local(body)[loop.output_collection]
            instance.scopes.propagate(body.scope, {loop.output_collection: collected})
        return self.route(body)

    # Standard loop

    def start_rounds(self, body: Token) -> bool | None:
        if self.again and self.again.test_before and not self.goes_on(body, 0):
            return self.finish_body(body)
        self.start_item(body, 1)
        return None

    def goes_on(self, token: Token, rounds: int) -> bool:
        """Whether there is another round after so many."""
        instance: Instance = token.workflow
        if self.maximum is not None and rounds >= whole(token, self.maximum, "loopMaximum", 0, MOST_ROUNDS):
            return False
        return self.condition is None or instance.condition(token, self.condition, {"loopCounter": rounds})
