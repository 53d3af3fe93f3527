"""Decisions beyond Camunda's API: decision files looked through before they are deployed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Response
from typing_extensions import TypedDict

from api.permissions import Permission, needs
from api.replies import Reply
from api.routing import new_router
from api.sessions import in_reading_room
from api.v2.deployments import FORM, uploaded
from workflows import runtime
from workflows.runtime import Resource

router = new_router("Decision check")


class CheckedRule(TypedDict):
    ruleId: str
    ruleIndex: int


class TableFinding(TypedDict):
    """``certain``: it happens for the ``example``, FEEL literals by input name; else it may happen."""

    kind: str
    severity: str
    certain: bool
    rules: list[CheckedRule]
    inputIds: list[str]
    example: dict[str, str]
    message: str


class CheckedTable(TypedDict):
    elementId: str
    name: str
    hitPolicy: str
    rules: int
    complete: bool
    notes: list[str]
    findings: list[TableFinding]


class CheckedDecisions(TypedDict):
    """``refused``: a deployment would not take the file. ``problems`` are what would not run."""

    resourceName: str
    refused: bool
    problems: list[dict[str, Any]]
    tables: list[CheckedTable]


class CheckReply(TypedDict):
    files: list[CheckedDecisions]


async def looked_through(
    request: Request, resources: Annotated[list[Resource], Depends(uploaded)]
) -> list[dict[str, Any]]:
    return await in_reading_room(request, runtime.look_through, resources)


@router.post(
    "/decisions/check",
    dependencies=[needs(Permission.RESOURCE_CREATE)],
    response_model=CheckReply,
    openapi_extra={"requestBody": FORM},
)
def check_decisions(checked: Annotated[list[dict[str, Any]], Depends(looked_through)]) -> Response:
    """Overlaps, gaps and rules that never fire, with examples, in DMN files that need not be deployed."""
    return Reply({"files": checked})
