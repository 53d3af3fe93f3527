"""Asking something about a clock: 延期, 挂账, 申诉. What is asked becomes a process that people decide."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Response
from pydantic import Field, PlainValidator, WithJsonSchema
from typing_extensions import TypedDict

from api.moments import read_moment
from api.permissions import Actor, Permission, needs
from api.replies import Reply, key
from api.routing import new_router
from api.sessions import WriteSession
from api.v2.kinds import MOMENT, KeyParameter
from api.v2.searching import Strict
from workflows import runtime

router = new_router("Deadline")
ASK = [needs(Permission.DEADLINE_REQUEST)]
SUPERVISE = [needs(Permission.DEADLINE_REQUEST), needs(Permission.TASK_ASSIGN)]
MAX_REASON = 2_000


class DeadlineRequest(Strict):
    """Why; whoever decides reads it, and it stays on record."""

    reason: str = Field(min_length=1, max_length=MAX_REASON, examples=["配件要从外地调,三天后到货"])


def _read_until(value: Any) -> datetime:
    return read_moment(value)


Until = Annotated[datetime, PlainValidator(_read_until), WithJsonSchema(MOMENT.schema)]


class SuspensionRequest(DeadlineRequest):
    """Until when, within a year."""

    until: Until


class RequestReply(TypedDict):
    """The process instance that decides."""

    processInstanceKey: str


class SupervisionReply(TypedDict):
    """The rung that fired."""

    escalationKey: str


@router.post("/deadlines/{deadlineKey}/extension", dependencies=ASK, response_model=RequestReply)
def request_extension(
    session: WriteSession, actor: Actor, deadlineKey: KeyParameter, body: DeadlineRequest
) -> Response:
    """Ask for 延期, one original limit more. 409 when it is overdue or was extended twice, or the same is pending."""
    return _reply(runtime.request_extension(session, deadlineKey, reason=body.reason, actor=actor))


@router.post("/deadlines/{deadlineKey}/suspension", dependencies=ASK, response_model=RequestReply)
def request_suspension(
    session: WriteSession, actor: Actor, deadlineKey: KeyParameter, body: SuspensionRequest
) -> Response:
    """Ask for 挂账 until a moment. 400 when that is not within a year, 409 the second time or when one is pending."""
    started = runtime.request_suspension(session, deadlineKey, until=body.until, reason=body.reason, actor=actor)
    return _reply(started)


@router.post("/deadlines/{deadlineKey}/appeal", dependencies=ASK, response_model=RequestReply)
def request_appeal(session: WriteSession, actor: Actor, deadlineKey: KeyParameter, body: DeadlineRequest) -> Response:
    """Appeal (申诉) against having been overdue. 409 while the clock runs, when it was in time, or the second time."""
    return _reply(runtime.request_appeal(session, deadlineKey, reason=body.reason, actor=actor))


@router.post("/deadlines/{deadlineKey}/resumption", dependencies=ASK, status_code=204, response_class=Response)
def end_suspension(session: WriteSession, actor: Actor, deadlineKey: KeyParameter, body: DeadlineRequest) -> None:
    """End 挂账 before its day. The clock goes on, with as much left as it had. 409 when it does not stand still so."""
    runtime.end_suspension(session, deadlineKey, reason=body.reason, actor=actor)


@router.post("/deadlines/{deadlineKey}/supervision", dependencies=SUPERVISE, response_model=SupervisionReply)
def supervise_deadline(
    session: WriteSession, actor: Actor, deadlineKey: KeyParameter, body: DeadlineRequest
) -> Response:
    """Begin 督办 before its time: the ladder is climbed to the next rung that supervises. 409 when there is none."""
    fired = runtime.supervise_deadline(session, deadlineKey, reason=body.reason, actor=actor)
    result: SupervisionReply = {"escalationKey": key(fired) or ""}
    return Reply(result)


def _reply(process_instance_key: int) -> Response:
    return Reply({"processInstanceKey": key(process_instance_key)})
