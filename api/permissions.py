"""Who may do what: one table from role to permissions, and the declaration every route must carry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.routing import Mount

from api.auth import Caller, authenticate
from api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI


class Permission(StrEnum):
    """``resource:action``, in the words of Camunda 8's authorizations."""

    CLUSTER_READ = "cluster:read"
    RESOURCE_CREATE = "resource:create"
    DEFINITION_READ = "process-definition:read"
    DECISION_EVALUATE = "decision-instance:create"
    DECISION_READ = "decision-instance:read"
    INSTANCE_CREATE = "process-instance:create"
    INSTANCE_READ = "process-instance:read"
    INSTANCE_CANCEL = "process-instance:cancel"
    INSTANCE_MODIFY = "process-instance:modify"  # and skip what failed, and restart what has ended
    INSTANCE_UPDATE = "process-instance:update"  # suspend and resume
    INSTANCE_MIGRATE = "process-instance:migrate"
    TASK_READ = "user-task:read"
    TASK_ASSIGN = "user-task:assign"
    TASK_COMPLETE = "user-task:complete"
    TASK_UPDATE = "user-task:update"
    VARIABLE_READ = "variable:read"
    VARIABLE_UPDATE = "variable:update"
    MESSAGE_CREATE = "message:create"
    SIGNAL_CREATE = "signal:create"
    INCIDENT_READ = "incident:read"
    INCIDENT_RESOLVE = "incident:resolve"
    BATCH_CREATE = "batch-operation:create"  # besides the permission for what it does to each
    BATCH_READ = "batch-operation:read"
    BATCH_UPDATE = "batch-operation:update"
    DEADLINE_READ = "deadline:read"  # clocks, their lights and what they escalated
    DEADLINE_REQUEST = "deadline:request"  # ask for 延期 or 挂账, or appeal
    WALL_READ = "wall:read"  # the numbers of the city on a large screen, nothing of a single case
    JOB_WORK = "job:work"
    CLOCK_UPDATE = "clock:update"
    CALENDAR_READ = "calendar:read"
    CALENDAR_UPDATE = "calendar:update"  # import a holiday notice, which moves deadlines
    CASE_READ = "case:read"
    CASE_REPORT = "case:report"  # for others, by every channel; for oneself nobody needs it
    JOINT_REQUEST = "joint-operation:request"  # about a case that one unit cannot solve
    ORGANISATION_READ = "organisation:read"
    ORGANISATION_UPDATE = "organisation:update"  # hand over the work of a unit that is reorganised
    REGISTER_READ = "register:read"  # what is personal is masked
    REGISTER_UPDATE = "register:update"
    REGISTER_REVEAL = "register:reveal"  # see what is personal, with a reason that stays on record
    VIOLATION_READ = "violation:read"
    VIOLATION_ANNUL = "violation:annul"
    EVIDENCE_READ = "evidence:read"
    EVIDENCE_CREATE = "evidence:create"
    EVIDENCE_JUDGE = "evidence:judge"  # audit, verify, exclude
    DOCUMENT_READ = "document:read"  # what is personal is masked
    DOCUMENT_REVEAL = "document:reveal"  # see what is personal, with a reason that stays on record
    DOCUMENT_WITHDRAW = "document:withdraw"
    EXEMPTION_UPDATE = "exemption:update"  # open the matter of a case and put on record what is said of it
    NOTIFICATION_READ = "notification:read"  # of the person it acts for
    DELIVERY_READ = "delivery:read"
    DELIVERY_UPDATE = "delivery:update"  # send again
    WEBHOOK_CREATE = "webhook:create"
    WEBHOOK_READ = "webhook:read"
    WEBHOOK_DELETE = "webhook:delete"
    EXEMPTION_CREATE = "exemption:create"  # have records decided by the thousand, and read what came of each
    PERSON_ACT = "person:act"  # act in the name of a person, with the header On-Behalf-Of


class Role(StrEnum):
    ADMIN = auto()
    DESIGNER = auto()
    SUPERVISOR = auto()
    DESK = auto()
    INTEGRATOR = auto()
    WORKER = auto()
    VIEWER = auto()
    WALL = auto()  # a screen


P = Permission
READS = frozenset(
    {P.CLUSTER_READ, P.DEFINITION_READ, P.INSTANCE_READ, P.DECISION_READ, P.TASK_READ, P.VARIABLE_READ, P.INCIDENT_READ}
    | {P.CASE_READ, P.BATCH_READ, P.DEADLINE_READ, P.CALENDAR_READ, P.REGISTER_READ, P.ORGANISATION_READ}
    | {P.DOCUMENT_READ, P.WALL_READ}
)
BATCHES = frozenset({P.BATCH_CREATE, P.BATCH_UPDATE})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.DESIGNER: READS - {P.CASE_READ, P.DOCUMENT_READ}
    | {P.RESOURCE_CREATE, P.INSTANCE_CREATE, P.DECISION_EVALUATE}
    | {P.INSTANCE_MIGRATE}
    | BATCHES,
    Role.SUPERVISOR: READS
    | BATCHES
    | {P.INSTANCE_CANCEL, P.INSTANCE_MIGRATE, P.INSTANCE_MODIFY, P.INSTANCE_UPDATE}
    | {P.INCIDENT_RESOLVE, P.VARIABLE_UPDATE, P.TASK_ASSIGN, P.TASK_UPDATE, P.PERSON_ACT}
    | {P.NOTIFICATION_READ, P.DELIVERY_READ, P.DELIVERY_UPDATE, P.DEADLINE_REQUEST, P.JOINT_REQUEST}
    | {P.ORGANISATION_UPDATE, P.EXEMPTION_CREATE, P.EXEMPTION_UPDATE}
    | {P.REGISTER_UPDATE, P.REGISTER_REVEAL, P.VIOLATION_READ, P.VIOLATION_ANNUL, P.EVIDENCE_READ, P.EVIDENCE_JUDGE}
    | {P.DOCUMENT_REVEAL, P.DOCUMENT_WITHDRAW},
    Role.DESK: frozenset({P.CLUSTER_READ, P.CASE_READ, P.CASE_REPORT, P.TASK_READ, P.VARIABLE_READ, P.TASK_ASSIGN})
    | {P.TASK_COMPLETE, P.TASK_UPDATE, P.PERSON_ACT, P.NOTIFICATION_READ, P.DEADLINE_READ, P.CALENDAR_READ}
    | {P.DEADLINE_REQUEST, P.JOINT_REQUEST, P.ORGANISATION_READ, P.REGISTER_READ, P.REGISTER_UPDATE, P.VIOLATION_READ}
    | {P.EVIDENCE_READ, P.EVIDENCE_CREATE, P.EVIDENCE_JUDGE, P.DOCUMENT_READ, P.DOCUMENT_REVEAL}
    | {P.EXEMPTION_UPDATE},
    Role.INTEGRATOR: READS - {P.INCIDENT_READ}
    | {P.INSTANCE_CREATE, P.DECISION_EVALUATE, P.MESSAGE_CREATE, P.SIGNAL_CREATE, P.CASE_REPORT}
    | {P.EVIDENCE_CREATE, P.EXEMPTION_CREATE},
    Role.WORKER: frozenset({P.CLUSTER_READ, P.JOB_WORK}),
    Role.VIEWER: READS,
    Role.WALL: frozenset({P.WALL_READ}),
}


def allows(caller: Caller, permission: Permission) -> bool:
    """A role nobody knows (any more) allows nothing."""
    return any(permission in PERMISSIONS[Role(role)] for role in caller.roles if role in Role.__members__.values())


@dataclass(frozen=True)
class Check:
    """The dependency of a route for clients: nobody without the permission gets in."""

    permission: Permission

    async def __call__(self, request: Request) -> None:
        if not allows(await authenticate(request), self.permission):
            raise Problem(403, f"这个客户端没有权限 {self.permission}", code="PERMISSION_MISSING")


@dataclass(frozen=True)
class Open:
    """The dependency of a route for everyone, with the reason why."""

    reason: str

    async def __call__(self) -> None:
        return


def needs(permission: Permission) -> Any:
    return Depends(Check(permission))


def public(reason: str) -> Any:
    return Depends(Open(reason))


def declarations(route: APIRoute) -> list[Check | Open]:
    """What a route declares about who may use it."""
    calls = (dependency.dependency for dependency in route.dependencies)
    return [call for call in calls if isinstance(call, Check | Open)]


def undeclared(app: FastAPI) -> Iterable[str]:
    """Routes that say nothing about who may use them. There must be none."""
    for route in app.routes:
        if isinstance(route, Mount):
            continue  # an application of its own, which asks for itself
        if not isinstance(route, APIRoute) or not declarations(route):
            yield str(getattr(route, "path", route))


async def _actor(request: Request) -> str:
    """Who the event log names: the client, or the person it acts for."""
    caller = await authenticate(request)
    if caller.person is None:
        return f"client:{caller.client_id}"
    if not allows(caller, Permission.PERSON_ACT):
        raise Problem(403, f"这个客户端没有权限 {Permission.PERSON_ACT},不能代表他人办理", code="PERMISSION_MISSING")
    return caller.person


Actor = Annotated[str, Depends(_actor)]
