"""Begin a finished process instance anew."""

from __future__ import annotations

from typing import Literal

from fastapi import Response
from pydantic import Field

from api.permissions import Actor, Permission, needs
from api.replies import Reply
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.kinds import KeyParameter
from api.v2.process_instances import STARTED, CreationResult, StartInstruction, created
from api.v2.searching import Strict
from api.v2.suspension import MAX_REASON
from workflows import runtime
from workflows.store.tables import ProcessInstance

router = new_router("Process instance", "/v2")


class Restart(Strict):
    """Why, with which variables, and where: at its start event as before, or before some elements."""

    reason: str = Field(min_length=1, max_length=MAX_REASON, examples=["误操作终止"])
    variables: Literal["STARTED", "ENDED"] = Field(
        default="STARTED", description="Those it was started with, or those it ended with."
    )
    latestVersion: bool = Field(default=False, description="Instead of the version it had.")
    startInstructions: list[StartInstruction] = Field(default=[], max_length=1_000)


@router.post(
    "/process-instances/{processInstanceKey}/restart",
    dependencies=[needs(Permission.INSTANCE_MODIFY)],
    response_model=CreationResult,
)
def restart_process_instance(
    session: WriteSession, actor: Actor, processInstanceKey: KeyParameter, body: Restart
) -> Response:
    """Start another instance like one that has ended, for the same case. 409 while it runs."""
    instance_key = runtime.restart_process_instance(
        session,
        processInstanceKey,
        reason=body.reason,
        variables=runtime.Beginning(body.variables),
        latest=body.latestVersion,
        at=[instruction.elementId for instruction in body.startInstructions],
        actor=actor,
    )
    row = session.connection().execute(STARTED.where(ProcessInstance.key == instance_key)).one()
    return Reply(created(row, instance_key))
