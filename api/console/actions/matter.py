"""What an action is about: a case, who acts, what was chosen; and what it stands at, to compare before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from api.console import story
from api.console.shown import doers
from api.problems import Problem
from api.v2.kinds import key_or_none
from workflows.runtime.errors import NotFound, Refusal
from workflows.runtime.escalation_words import clock_name, local
from workflows.store.tables import (
    Deadline,
    ElementInstance,
    Incident,
    Job,
    MessageSubscription,
    ProcessDefinition,
    ProcessInstance,
    Timer,
    UserTask,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from api.console.people import Staff
    from api.permissions import Permission
    from workflows.store.tables.governance import Case

MOST = 500
Standing = tuple[str, str]  # the kind of a thing and its name
_NAME = func.coalesce(func.nullif(UserTask.name, ""), UserTask.element_id)


class Field(NamedTuple):
    """One thing to say beside the reason. ``options`` are what it is chosen from, ``known`` only what is proposed."""

    name: str
    kind: str = "select"  # text, date
    options: Mapping[str, str] | None = None
    known: Mapping[str, str] | None = None
    required: bool = True


#: What can be done to a clock: refused with a reason, or let through with what will come of it.
Check = Callable[[Any, "datetime"], str | None]


class Action(NamedTuple):
    """``fields`` is None where there is nothing it could be done to; ``weighty`` ones are shown before they happen."""

    permissions: tuple[Permission, ...]
    fields: Callable[[Matter], list[Field] | None]
    run: Callable[[Matter], Any]
    weighty: bool = False
    notes: Callable[[Matter], list[Standing]] | None = None
    picks: bool = False  # elements are chosen by a click in the diagram as well
    check: Check | None = None  # which of the clocks it can be done to


@dataclass
class Matter:
    """A case before an action."""

    session: Session
    staff: Staff
    case: Case
    at: datetime
    given: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        of_case = select(ProcessInstance).where(ProcessInstance.case_id == self.case.key).order_by(ProcessInstance.key)
        self.instances = list(self.session.scalars(of_case))
        self.keys = [one.key for one in self.instances]
        self.open = [one for one in self.instances if one.ended is None]

    @property
    def reason(self) -> str:
        return self.given.get("reason", "")

    @property
    def revision(self) -> str:
        """Another one, whenever a command has touched the case."""
        return "-".join(str(one.revision) for one in self.instances)

    def key(self, name: str, among: Mapping[str, str] | None) -> int:
        """The key that was chosen; a Problem where it was not offered: another case's, or over meanwhile."""
        text = self.given.get(name, "")
        key = key_or_none(text) if text in (among or {}) else None
        if key is None:
            raise Problem(409, "所选的事项已经不在了,请重新选择", code="CHOICE_GONE")
        return key

    def shown(self) -> ProcessInstance | None:
        """The instance that was asked for, else the first that goes on."""
        asked = [one for one in self.open if str(one.key) == self.given.get("instance")]
        return next(iter(asked or self.open), None)

    # What can be chosen

    def tasks(self) -> dict[str, str]:
        """Open tasks and who has each."""
        rows = [task for tasks in story.holders(self.session, self.keys).values() for task in tasks]
        return {
            str(row.key): f"{row.name or row.element_id} · {doer or '—'}"
            for row, doer in zip(rows, doers(self.session, rows), strict=True)
        }

    def clocks(self, check: Check | None = None, *, suspended: bool = False) -> dict[str, str]:
        """Clocks that run, or those that stand still by 挂账; of those the ``check`` lets through, and what it says."""
        found = {}
        for row in self._clocks(suspended=suspended):
            try:
                said = check(row, self.at) if check else None
            except Refusal:
                continue
            name = f"{clock_name(row.stage, row.milestone)} · {local(row.due)}"
            found[str(row.key)] = f"{name} · {said}" if said else name
        return found

    def refused(self, check: Check) -> list[str]:
        """Of every clock that the check does not let through, why."""
        found = []
        for row in self._clocks():
            try:
                check(row, self.at)
            except Refusal as refusal:
                found.append(f"{clock_name(row.stage, row.milestone)}:{refusal}")
        return found

    def _clocks(self, *, suspended: bool = False) -> list[Deadline]:
        which = Deadline.suspended_until.is_not(None) if suspended else Deadline.suspended_until.is_(None)
        running = (Deadline.process_instance_key.in_(self.keys), Deadline.ended.is_(None), which)
        return list(self.session.scalars(select(Deadline).where(*running).order_by(Deadline.due)))

    def failures(self) -> dict[str, str]:
        query = select(Incident).where(Incident.process_instance_key.in_(self.keys), Incident.state == "ACTIVE")
        return {str(row.key): f"{row.element_id} · {row.message[:80]}" for row in self.session.scalars(query)}

    def roots(self, *states: str) -> dict[str, str]:
        """Instances that nobody called."""
        found = [one for one in self.open if one.depth == 0 and one.state in states]
        return {str(one.key): self.process_name(one) for one in found}

    def process_name(self, instance: ProcessInstance) -> str:
        definition = self.session.get(ProcessDefinition, instance.process_definition_key)
        if definition is None:
            raise NotFound(f"没有流程定义 {instance.process_definition_key}")
        return f"{definition.name or definition.process_id} v{definition.version}"

    # What it stands at

    def standing(self) -> Counter[Standing]:
        """Everything that is open: which kind of thing, and its name."""
        self.session.expire_all()
        found: Counter[Standing] = Counter()
        names = {
            one.key: self.process_name(one)
            for one in self.session.scalars(select(ProcessInstance).where(ProcessInstance.case_id == self.case.key))
        }
        states = select(ProcessInstance.key, ProcessInstance.state).where(ProcessInstance.key.in_(names))
        found.update((f"process.{state}", names[key]) for key, state in self.session.execute(states).tuples())
        for kind, query in (
            (
                "task",
                select(_NAME).where(UserTask.process_instance_key.in_(names), UserTask.state == "CREATED"),
            ),
            ("clock", select(Deadline.stage).where(Deadline.process_instance_key.in_(names), Deadline.ended.is_(None))),
            ("job", select(Job.type).where(Job.process_instance_key.in_(names), Job.state == "CREATED")),
            ("timer", select(Timer.element_id).where(Timer.process_instance_key.in_(names))),
            ("message", select(MessageSubscription.name).where(MessageSubscription.process_instance_key.in_(names))),
            (
                "incident",
                select(Incident.element_id).where(Incident.process_instance_key.in_(names), Incident.state == "ACTIVE"),
            ),
        ):
            found.update((kind, name) for name in self.session.scalars(query.limit(MOST)))
        return found

    def active(self, instance: ProcessInstance) -> dict[str, str]:
        """Elements at which a token stands, by the key of the visit."""
        columns = ElementInstance
        query = select(columns.key, columns.element_id, columns.element_name).where(
            columns.process_instance_key == instance.key, columns.state == "ACTIVE", columns.type != "PROCESS"
        )
        return {
            str(row.key): f"{row.element_name or row.element_id}({row.element_id})"
            for row in self.session.execute(query.limit(MOST))
        }


def changes(before: Counter[Standing], after: Counter[Standing]) -> tuple[list[Standing], list[Standing]]:
    """What is over, and what is new."""
    return sorted((before - after).elements()), sorted((after - before).elements())
