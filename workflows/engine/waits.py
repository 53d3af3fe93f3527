"""What an execution can wait for: each wait is one open row in the store, under the same key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

Variables = dict[str, Any]  # JSON values; numbers are int or Decimal


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing an instance waits for.

    ``key`` is unique in its kind over all instances; ``element_key`` is the element instance that waits
    (the same number, except for incidents, of which one element instance can have several in turn).
    """

    key: int
    element_key: int
    element_id: str
    element_name: str


@dataclass(frozen=True, slots=True)
class UserTaskWait(Wait):
    assignee: str | None
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    due_date: datetime | None
    follow_up_date: datetime | None
    priority: int  # 0..100, 50 where the diagram says nothing, as in Camunda 8
    form_id: str | None
    properties: dict[str, str]  # zeebe:properties and zeebe:taskHeaders; values that begin with = are evaluated


@dataclass(frozen=True, slots=True)
class JobWait(Wait):
    type: str
    retries: int
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class CallWait(Wait):
    """A call activity waits for its child process instance."""

    process_id: str
    variables: Variables
    propagate_all_child_variables: bool
    binding: str = "latest"  # latest, deployment, versionTag
    version_tag: str | None = None


@dataclass(frozen=True, slots=True)
class TimerWait(Wait):
    due: datetime


@dataclass(frozen=True, slots=True)
class MessageWait(Wait):
    name: str
    correlation_key: str


@dataclass(frozen=True, slots=True)
class SignalWait(Wait):
    name: str


@dataclass(frozen=True, slots=True)
class DeadlineWait(Wait):
    """A clock on an activity that says ``bihuan:limit``: it starts with the element instance and ends with it.

    Those of its milestones have keys of their own and end when they are reached.
    """

    stage: str  # what the clock is called, e.g. 处置
    unit: str  # urgent_hour, work_hour, work_day, natural_day
    number: str  # a decimal number as text
    ladder: str | None = None  # the decision that gives the rungs
    holder: str | None = None  # who has it, e.g. grid-worker-street@G07
    resumes: bool = False  # it goes on with the last clock of its stage, if that had the same holder
    legal: bool = False  # a statute sets it
    milestone: str = ""  # which part of the stage it is of


@dataclass(frozen=True, slots=True)
class IncidentWait(Wait):
    error_type: str  # Camunda 8's ErrorType: IO_MAPPING_ERROR, CONDITION_ERROR, JOB_NO_RETRIES, ...
    message: str


@dataclass(frozen=True, slots=True)
class ElementRecord:
    """One element instance as it stands after a command: what the store keeps of the path."""

    key: int
    scope_key: int  # the element instance (sub-process, multi-instance body) or process instance around it
    element_id: str
    element_name: str
    type: str  # Camunda 8's ElementInstanceTypeEnum: USER_TASK, EXCLUSIVE_GATEWAY, ...
    state: str  # ACTIVE, COMPLETED, TERMINATED
    started: datetime
    ended: datetime | None
    properties: dict[str, str] = field(default_factory=dict)  # zeebe:properties as drawn
