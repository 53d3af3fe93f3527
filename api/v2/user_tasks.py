"""User tasks: find, look at, take, give back, change, complete."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Response
from pydantic import Field, PlainValidator, WithJsonSchema
from sqlalchemy import Row
from typing_extensions import TypedDict

from api.moments import read_moment
from api.permissions import Actor, Permission, needs
from api.replies import TENANT, Reply, key, moment, no_content
from api.revisions import IfMatch, etag, require
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.forms import FormResult, form_reply
from api.v2.kinds import KEY, LIST, MOMENT, NUMBER, TEXT, KeyParameter, choice
from api.v2.searching import TENANT_FIELD, Listed, Listing, Query, SearchResult, Strict
from api.v2.variables import DOCUMENTED, VariableResult, search_in
from workflows import runtime
from workflows.store.queries.listings import USER_TASKS
from workflows.store.queries.variables import visible_variables
from workflows.store.tables import ProcessInstance, UserTask

router = new_router("User task", "/v2")
P = Permission


class UserTaskResult(TypedDict):
    userTaskKey: str
    elementInstanceKey: str
    elementId: str
    name: str | None
    state: str
    assignee: str | None
    candidateGroups: list[str]
    candidateUsers: list[str]
    priority: int
    creationDate: str | None
    completionDate: str | None
    dueDate: str | None
    followUpDate: str | None
    formKey: str | None
    externalFormReference: str | None
    customHeaders: dict[str, Any]
    processDefinitionId: str
    processDefinitionKey: str | None
    processDefinitionVersion: int
    processName: str | None
    processInstanceKey: str
    rootProcessInstanceKey: str | None
    businessId: str | None
    tags: list[str]
    tenantId: str


def user_task(row: Row[Any]) -> UserTaskResult:
    return {
        "userTaskKey": str(row.key),
        "elementInstanceKey": str(row.key),
        "elementId": row.element_id,
        "name": row.name or None,
        "state": row.state,
        "assignee": row.assignee,
        "candidateGroups": row.candidate_groups,
        "candidateUsers": row.candidate_users,
        "priority": row.priority,
        "creationDate": moment(row.created),
        "completionDate": moment(row.ended),
        "dueDate": moment(row.due_date),
        "followUpDate": moment(row.follow_up_date),
        "formKey": key(row.form_key),
        "externalFormReference": None,
        "customHeaders": row.properties,
        "processDefinitionId": row.process_id,
        "processDefinitionKey": key(row.process_definition_key),
        "processDefinitionVersion": row.version,
        "processName": row.process_name,
        "processInstanceKey": str(row.process_instance_key),
        "rootProcessInstanceKey": key(row.root_process_instance_key),
        "businessId": row.business_id,
        "tags": [],
        "tenantId": TENANT,
    }


TASKS = Listing(
    name="用户任务",
    statement=USER_TASKS,
    key="userTaskKey",
    shape=user_task,
    fields={
        "userTaskKey": Listed(UserTask.key, KEY),
        "elementInstanceKey": Listed(UserTask.key, KEY),
        "processInstanceKey": Listed(UserTask.process_instance_key, KEY),
        "processDefinitionKey": Listed(ProcessInstance.process_definition_key, KEY),
        "processDefinitionId": Listed(ProcessInstance.process_id, TEXT),
        "businessId": Listed(ProcessInstance.business_id, TEXT),
        "elementId": Listed(UserTask.element_id, TEXT),
        "name": Listed(UserTask.name, TEXT),
        "state": Listed(UserTask.state, choice("CREATED", "COMPLETED", "CANCELED")),
        "assignee": Listed(UserTask.assignee, TEXT),
        "candidateGroup": Listed(UserTask.candidate_groups, LIST),
        "candidateUser": Listed(UserTask.candidate_users, LIST),
        "priority": Listed(UserTask.priority, NUMBER),
        "creationDate": Listed(UserTask.created, MOMENT),
        "completionDate": Listed(UserTask.ended, MOMENT),
        "dueDate": Listed(UserTask.due_date, MOMENT),
        "followUpDate": Listed(UserTask.follow_up_date, MOMENT),
        "tenantId": TENANT_FIELD,
    },
)


class Urging(Strict):
    """Why; whoever is reminded reads it, and it stays on record."""

    reason: str = Field(min_length=1, max_length=2_000, examples=["市民已第二次来电"])


class Assignment(Strict):
    """Who gets the task."""

    assignee: str = Field(min_length=1, max_length=256, examples=["p-0101"])
    allowOverride: bool | None = Field(default=None, description="False: refuse when someone else has the task.")
    action: str | None = None


class Completion(Strict):
    """What was filled in. It is checked against the form of the task."""

    variables: dict[str, Any] | None = Field(default=None, examples=[{"result": "属实"}])
    action: str | None = None


def _read_date(value: Any) -> datetime | str | None:
    return value if value is None or value == "" else read_moment(value)


Date = Annotated[
    datetime | Literal[""] | None,
    PlainValidator(_read_date),
    WithJsonSchema({"anyOf": [MOMENT.schema, {"const": ""}, {"type": "null"}]}),
]


class Changeset(Strict):
    """What is absent or null stays as it is; an empty text takes a date away."""

    dueDate: Date = None
    followUpDate: Date = None
    candidateGroups: list[str] | None = None
    candidateUsers: list[str] | None = None
    priority: int | None = Field(default=None, ge=0, le=100, examples=[80])


CHANGES = {
    "dueDate": "due_date",
    "followUpDate": "follow_up_date",
    "candidateGroups": "candidate_groups",
    "candidateUsers": "candidate_users",
    "priority": "priority",
}


class Update(Strict):
    changeset: Changeset | None = None
    action: str | None = None


@router.post(
    "/user-tasks/search",
    dependencies=[needs(P.TASK_READ)],
    response_model=SearchResult[UserTaskResult],
    openapi_extra=TASKS.documented,
)
def search_user_tasks(session: ReadSession, query: Query) -> Response:
    """Find tasks, for example the open ones of a group."""
    return TASKS.search(session, query)


@router.get("/user-tasks/{userTaskKey}", dependencies=[needs(P.TASK_READ)], response_model=UserTaskResult)
def get_user_task(session: ReadSession, userTaskKey: KeyParameter) -> Response:
    """One task, open or ended. The ETag is for If-Match on what changes it."""
    return Reply(user_task(TASKS.row(session, userTaskKey)), headers=etag(session, userTaskKey))


@router.get(
    "/user-tasks/{userTaskKey}/form",
    dependencies=[needs(P.TASK_READ)],
    response_model=FormResult,
    responses={204: {"description": "The task has no form."}},
)
def get_user_task_form(session: ReadSession, userTaskKey: KeyParameter) -> Response:
    """The form in the version the task was created with."""
    return form_reply(session, TASKS.row(session, userTaskKey).form_key)


@router.post(
    "/user-tasks/{userTaskKey}/variables/search",
    dependencies=[needs(P.TASK_READ), needs(P.VARIABLE_READ)],
    response_model=SearchResult[VariableResult],
    openapi_extra=DOCUMENTED,
)
def search_user_task_variables(
    session: ReadSession, userTaskKey: KeyParameter, query: Query, truncateValues: bool = True
) -> Response:
    """All that the task can see: of a name, the innermost."""
    task = TASKS.row(session, userTaskKey)
    seen = visible_variables(session, task.process_instance_key, task.key)
    return search_in(seen, query, truncate=truncateValues)


@router.post("/user-tasks/{userTaskKey}/assignment", dependencies=[needs(P.TASK_ASSIGN)], status_code=204)
def assign_user_task(
    session: WriteSession, actor: Actor, userTaskKey: KeyParameter, body: Assignment, if_match: IfMatch = None
) -> Response:
    """Give the task to someone. 409 when it is no longer open, or taken and overriding is not allowed."""
    require(session, userTaskKey, if_match)
    override = body.allowOverride is not False
    runtime.assign_user_task(session, userTaskKey, body.assignee, allow_override=override, actor=actor)
    return no_content()


@router.post(
    "/user-tasks/{userTaskKey}/urging", dependencies=[needs(P.TASK_ASSIGN)], status_code=204, response_class=Response
)
def urge_user_task(session: WriteSession, actor: Actor, userTaskKey: KeyParameter, body: Urging) -> None:
    """Remind whoever has the task, or may take it (催办). 409 within an hour of the last time."""
    runtime.urge_user_task(session, userTaskKey, reason=body.reason, actor=actor)


@router.delete("/user-tasks/{userTaskKey}/assignee", dependencies=[needs(P.TASK_ASSIGN)], status_code=204)
def unassign_user_task(
    session: WriteSession, actor: Actor, userTaskKey: KeyParameter, if_match: IfMatch = None
) -> Response:
    """Give the task back to its candidates."""
    require(session, userTaskKey, if_match)
    runtime.unassign_user_task(session, userTaskKey, actor=actor)
    return no_content()


@router.patch("/user-tasks/{userTaskKey}", dependencies=[needs(P.TASK_UPDATE)], status_code=204)
def update_user_task(
    session: WriteSession,
    actor: Actor,
    userTaskKey: KeyParameter,
    body: Update | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Change dates, candidates or priority."""
    require(session, userTaskKey, if_match)
    changes = (body and body.changeset) or Changeset()
    given = {CHANGES[name]: None if value == "" else value for name, value in changes if value is not None}
    runtime.update_user_task(session, userTaskKey, given, actor=actor)
    return no_content()


@router.post("/user-tasks/{userTaskKey}/completion", dependencies=[needs(P.TASK_COMPLETE)], status_code=204)
def complete_user_task(
    session: WriteSession,
    actor: Actor,
    userTaskKey: KeyParameter,
    body: Completion | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Complete the task. 400 when the answers do not fit the form, 403 by separation of duty, 409 when it is done."""
    require(session, userTaskKey, if_match)
    runtime.complete_user_task(session, userTaskKey, (body and body.variables) or {}, actor=actor)
    return no_content()
