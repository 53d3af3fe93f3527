"""Migration of process instances: the plan, what it would do, one instance."""

from __future__ import annotations

from typing import Any

from fastapi import Response
from pydantic import Field
from typing_extensions import TypedDict

from api.permissions import Actor, Permission, needs
from api.replies import Reply, no_content
from api.revisions import IfMatch, require
from api.routing import new_router
from api.sessions import ReadSession, WriteSession
from api.v2.kinds import KeyParameter
from api.v2.process_instances import INSTANCES
from api.v2.searching import MAX_PAGE, PageInfo, Strict, check_filter, page_info, read_cursor
from workflows import runtime
from workflows.runtime.errors import of_an_element
from workflows.store.queries.listings import PROCESS_INSTANCES
from workflows.store.queries.search import Order, search
from workflows.store.tables import ProcessInstance

router = new_router("Process instance", "/v2")
P = Permission
MAX_MAPPINGS = 10_000
MAX_REASON = 2_000
Reason = Field(default=None, max_length=MAX_REASON, examples=["第二版补上了复核环节"], description="Kept in the event.")


class MappingInstruction(Strict):
    """Ids of elements, or of sequence flows by which a token came to a join."""

    sourceElementId: str = Field(min_length=1, max_length=256, examples=["handle"])
    targetElementId: str = Field(min_length=1, max_length=256, examples=["handle"])


class MigrationPlan(Strict):
    """Without ``mappingInstructions`` each element goes to the one with its id; with them, these and no others."""

    targetProcessDefinitionKey: KeyParameter
    mappingInstructions: list[MappingInstruction] | None = Field(default=None, max_length=MAX_MAPPINGS)

    @property
    def pairs(self) -> list[tuple[str, str]] | None:
        if self.mappingInstructions is None:
            return None
        return [(one.sourceElementId, one.targetElementId) for one in self.mappingInstructions]


class Migration(MigrationPlan):
    operationReference: int | None = Field(default=None, examples=[1], description="Of the client; not kept.")
    reason: str | None = Reason


class MappingResult(TypedDict):
    sourceElementId: str
    targetElementId: str


class MigrationFinding(TypedDict):
    elementId: str
    elementName: str
    rule: str
    severity: str
    message: str
    messageEn: str
    hint: str


class MigrationPlanResult(TypedDict):
    targetProcessDefinitionKey: str
    possible: bool
    mappingInstructions: list[MappingResult]
    findings: list[MigrationFinding]
    closedElementIds: list[str]
    openedElementIds: list[str]


class DryRunItem(TypedDict):
    processInstanceKey: str
    processDefinitionKey: str
    processDefinitionVersion: int
    possible: bool
    findings: list[MigrationFinding]
    closedElementIds: list[str]
    openedElementIds: list[str]


class DryRunResult(TypedDict):
    items: list[DryRunItem]
    page: PageInfo


class DryRunPage(Strict):
    limit: int = Field(default=100, ge=1, le=MAX_PAGE)
    after: str | None = Field(default=None, description="endCursor of the page before.")


class DryRun(Strict):
    filter: dict[str, Any] = Field(description="As of the search of process instances.")
    migrationPlan: MigrationPlan
    page: DryRunPage = DryRunPage()


@router.post(
    "/process-definitions/{processDefinitionKey}/migration-plan",
    dependencies=[needs(P.DEFINITION_READ)],
    response_model=MigrationPlanResult,
)
def plan_migration(session: ReadSession, processDefinitionKey: KeyParameter, body: MigrationPlan) -> Response:
    """The plan that is proposed from this definition to another, and what forbids it. Given pairs come first."""
    target = body.targetProcessDefinitionKey
    plan = runtime.plan_migration(session, processDefinitionKey, target, body.pairs or ())
    result: MigrationPlanResult = {
        "targetProcessDefinitionKey": str(target),
        "possible": all(finding.severity != "error" for finding in plan.findings),
        "mappingInstructions": [{"sourceElementId": one, "targetElementId": other} for one, other in plan.pairs],
        "findings": [of_an_element(finding) for finding in plan.findings],  # type: ignore[misc]
        "closedElementIds": plan.closes,
        "openedElementIds": plan.opens,
    }
    return Reply(result)


@router.post("/process-instances/migration/dry-run", dependencies=[needs(P.INSTANCE_READ)], response_model=DryRunResult)
def dry_run_migration(session: ReadSession, body: DryRun) -> Response:
    """What a migration would do to each active instance that a filter finds; nothing is written."""
    check_filter(body.filter)
    active = PROCESS_INSTANCES.where(ProcessInstance.state == "ACTIVE", *INSTANCES.conditions(body.filter, "/filter"))
    after = read_cursor(body.page.after, "/page/after")
    found = search(session, active, [Order(ProcessInstance.key)], limit=body.page.limit, after=after)
    keys, plan = [row.key for row in found.rows], body.migrationPlan
    foreseen = runtime.dry_run_migration(session, keys, plan.targetProcessDefinitionKey, plan.pairs)
    items: list[DryRunItem] = [
        {
            "processInstanceKey": str(one.process_instance_key),
            "processDefinitionKey": str(one.source.key),
            "processDefinitionVersion": one.source.version,
            "possible": not one.migrated.refused,
            "findings": [of_an_element(finding) for finding in one.migrated.findings],  # type: ignore[misc]
            "closedElementIds": one.migrated.closed,
            "openedElementIds": one.migrated.opened,
        }
        for one in foreseen
    ]
    return Reply({"items": items, "page": page_info(found)})


@router.post(
    "/process-instances/{processInstanceKey}/migration", dependencies=[needs(P.INSTANCE_MIGRATE)], status_code=204
)
def migrate_process_instance(
    session: WriteSession,
    actor: Actor,
    processInstanceKey: KeyParameter,
    body: Migration,
    if_match: IfMatch = None,
) -> Response:
    """Go on under another definition. 400 when the two do not fit, 409 when this instance cannot."""
    require(session, processInstanceKey, if_match)
    runtime.migrate_process_instance(
        session,
        processInstanceKey,
        body.targetProcessDefinitionKey,
        body.pairs,
        reason=body.reason,
        actor=actor,
    )
    return no_content()
