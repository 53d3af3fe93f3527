"""Where the tokens are: SpiffWorkflow's task tree, kept as the tree of element instances and nothing more.

A token's parent is the element instance around it (the sub-process, the multi-instance body, the process), never the
task it came from, and a finished token leaves the tree at once. So the tree is as small in the 300th round of a case
as in the first, and what joins have to know is in the tree: the tokens that wait at them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from workflows.engine.parking import revive_inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from SpiffWorkflow.specs import TaskSpec
    from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec


class Token(Task):  # type: ignore[misc]
    """One element instance. ``id`` is its 64-bit key; ``data`` stays empty, variables are in the scopes."""

    def __init__(self, workflow: TokenTree, spec: TaskSpec, parent: Token | None, state: int, key: int) -> None:
        super().__init__(workflow, spec, parent, state, key)
        self._children: dict[int, None] = {}  # ordered; leaving is O(1) among 10,000 items
        self.inner = 0  # tokens inside, armed boundary events not counted
        self.started = workflow.now_ms
        #: An event that is waited for on behalf of what it hangs under: a subscription, not yet an element instance.
        self.armed: bool = state == TaskState.WAITING and not spec.joins
        if parent is not None:
            parent.inner += not self.armed

    @property
    def item(self) -> int | None:
        """The loopCounter of one item of a multi-instance; None for anything else."""
        index: int | None = self.internal_data.get("item")
        return index

    @property
    def at_join(self) -> bool:
        """It waits for others at a gateway, where it is no element instance yet."""
        return self._state == TaskState.WAITING and not self.armed

    @property
    def scope(self) -> Token:
        scope: Token = self.parent
        return scope

    def lineage(self) -> Iterator[Token]:
        """This element instance and those around it, out to the process."""
        token: Token | None = self
        while token is not None:
            yield token
            token = token.parent

    def inside(self) -> Iterator[Token]:
        """The tokens right inside, one by one: the first may be all that is asked for."""
        return (self.workflow.tasks[key] for key in self._children)

    def again(self, **internal: Any) -> None:
        """Make a waiting or failed token run (again)."""
        self.internal_data.update(internal)
        self._state = TaskState.READY
        self.workflow.ready.append(self)

    def cancel(self) -> None:
        revive_inside(self)
        for child in self.children:
            child.cancel()
        if self.state != TaskState.WAITING:  # at a border or a join it was no element instance yet
            self.workflow.record(self, "TERMINATED")
        self._state = TaskState.CANCELLED
        self.leave()

    def leave(self) -> None:
        """Go out of the tree, and the variables with it."""
        parent: Token = self.parent
        del self.workflow.tasks[self.id], parent._children[self.id]
        parent.inner -= not self.armed
        self.workflow.scopes.drop(self.id)

    def _set_state(self, value: int) -> None:
        self._state = value  # the library logs each change; the event log is ours

    def _child_added_notify(self, child: Task) -> None:
        self._children[child.id] = None


class TokenTree(Workflow):  # type: ignore[misc]
    """The tokens of one process instance and the queue of those that can go on."""

    def __init__(self, spec: WorkflowSpec, now_ms: int) -> None:
        super().__init__(spec, deserializing=True)
        self.now_ms = now_ms
        self.ready: deque[Token] = deque()

    def _task_completed_notify(self, task: Task) -> None:
        """Nothing waits for the completion of another task here: joins are told when a token arrives."""
