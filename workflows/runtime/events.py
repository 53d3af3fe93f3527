"""The record of what was done: a closed list of tags, and the chain that shows when a row was changed."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from workflows.store.base import table
from workflows.store.json import encode
from workflows.store.tables import Clock, Event, ProcessInstance

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

GENESIS = "0" * 64
ENGINE = 0  # the chain of commands that concern no process instance

event = table(Event)
clock = table(Clock)
instance = table(ProcessInstance)


class Tag(StrEnum):
    """Every kind of event there is, ``subject:action``."""

    PROCESS_INSTANCE_START = "process-instance:start"
    PROCESS_INSTANCE_CANCEL = "process-instance:cancel"
    PROCESS_INSTANCE_MODIFY = "process-instance:modify"
    PROCESS_INSTANCE_RESTART = "process-instance:restart"
    PROCESS_INSTANCE_SUSPEND = "process-instance:suspend"
    PROCESS_INSTANCE_RESUME = "process-instance:resume"
    PROCESS_INSTANCE_MIGRATE = "process-instance:migrate"
    PROCESS_INSTANCE_HAND_OVER = "process-instance:hand-over"
    USER_TASK_COMPLETE = "user-task:complete"
    USER_TASK_ASSIGN = "user-task:assign"
    USER_TASK_UNASSIGN = "user-task:unassign"
    USER_TASK_UPDATE = "user-task:update"
    USER_TASK_URGE = "user-task:urge"
    JOB_COMPLETE = "job:complete"
    JOB_FAIL = "job:fail"
    JOB_THROW_ERROR = "job:throw-error"
    JOB_UPDATE = "job:update"
    MESSAGE_CORRELATE = "message:correlate"
    MESSAGE_FAIL = "message:fail"
    SIGNAL_BROADCAST = "signal:broadcast"
    SIGNAL_RECEIVE = "signal:receive"
    TIMER_FIRE = "timer:fire"
    DEADLINE_ESCALATE = "deadline:escalate"
    DEADLINE_REQUEST = "deadline:request"
    DEADLINE_EXTEND = "deadline:extend"
    DEADLINE_SUSPEND = "deadline:suspend"
    DEADLINE_RESUME = "deadline:resume"
    DEADLINE_EXEMPT = "deadline:exempt"
    DEADLINE_RECOUNT = "deadline:recount"
    INCIDENT_CREATE = "incident:create"
    INCIDENT_RESOLVE = "incident:resolve"
    INCIDENT_SKIP = "incident:skip"
    VARIABLES_SET = "variables:set"
    CALLED_PROCESS_COMPLETE = "called-process:complete"
    CALLED_PROCESS_THROW_ERROR = "called-process:throw-error"
    CALLED_PROCESS_ESCALATE = "called-process:escalate"
    CALLED_PROCESS_CANCEL = "called-process:cancel"
    DECISION_EVALUATE = "decision:evaluate"
    BATCH_OPERATION_CREATE = "batch-operation:create"
    BATCH_OPERATION_SUSPEND = "batch-operation:suspend"
    BATCH_OPERATION_RESUME = "batch-operation:resume"
    BATCH_OPERATION_CANCEL = "batch-operation:cancel"
    BATCH_OPERATION_COMPLETE = "batch-operation:complete"
    NOTIFICATION_FORGET = "notification:forget"
    DELIVERY_FAIL = "delivery:fail"
    DELIVERY_UNCERTAIN = "delivery:uncertain"
    DELIVERY_RESEND = "delivery:resend"
    WEBHOOK_ENDPOINT_CREATE = "webhook-endpoint:create"
    WEBHOOK_ENDPOINT_DISABLE = "webhook-endpoint:disable"
    WEBHOOK_ENDPOINT_DELETE = "webhook-endpoint:delete"
    DEPLOYMENT_CREATE = "deployment:create"
    CALENDAR_IMPORT = "calendar:import"
    CALENDAR_RECOUNT = "calendar:recount"
    REGISTER_PUT = "register:put"
    REGISTER_END = "register:end"
    REGISTER_MERGE = "register:merge"
    REGISTER_REVEAL = "register:reveal"
    VIOLATION_ANNUL = "violation:annul"
    EVIDENCE_ADD = "evidence:add"
    EVIDENCE_AUDIT = "evidence:audit"
    EVIDENCE_VERIFY = "evidence:verify"
    EVIDENCE_EXCLUDE = "evidence:exclude"
    DOCUMENT_ISSUE = "document:issue"
    DOCUMENT_WITHDRAW = "document:withdraw"
    DOCUMENT_REVEAL = "document:reveal"
    ACCOUNT_CREATE = "account:create"
    ACCOUNT_PASSWORD = "account:password"  # noqa: S105
    ACCOUNT_DISABLE = "account:disable"
    ACCOUNT_SIGN_IN = "account:sign-in"
    ACCOUNT_LOCK = "account:lock"
    ACCOUNT_REFUSE = "account:refuse"
    PHOTO_ADD = "photo:add"
    CASE_REVEAL = "case:reveal"
    SPOT_IMPORT = "spot:import"
    SPOT_RETIRE = "spot:retire"
    CLOCK_PIN = "clock:pin"
    CLOCK_RESET = "clock:reset"
    DEMO_BEGIN = "demo:begin"
    DEMO_END = "demo:end"


#: What is done to an instance although it is suspended; everything else waits until it is resumed.
WHILE_SUSPENDED = frozenset({
    Tag.PROCESS_INSTANCE_CANCEL, Tag.PROCESS_INSTANCE_HAND_OVER, Tag.PROCESS_INSTANCE_RESUME, Tag.VARIABLES_SET,
    Tag.INCIDENT_RESOLVE, Tag.INCIDENT_SKIP,
})  # fmt: skip


def event_row(
    instance_key: int, seq: int, previous_hash: str, *, tag: str, actor: str, at: datetime, details: dict[str, Any]
) -> dict[str, Any]:
    """One link of the chain."""
    fact = [instance_key, seq, tag, actor, at.astimezone(UTC).isoformat(), details]
    return {
        "process_instance_key": instance_key,
        "seq": seq,
        "tag": tag,
        "actor": actor,
        "at": at,
        "details": details,
        "previous_hash": previous_hash,
        "hash": sha256(previous_hash.encode() + encode(fact, sort_keys=True)).hexdigest(),
    }


def record_engine_event(session: Session, tag: Tag, details: dict[str, Any], *, at: datetime, actor: str) -> None:
    """Append to the engine's own chain. The clock's row is its lock."""
    connection = session.connection()
    connection.execute(select(clock.c.id).with_for_update())
    last = connection.execute(
        select(event.c.seq, event.c.hash)
        .where(event.c.process_instance_key == ENGINE)
        .order_by(event.c.seq.desc())
        .limit(1)
    ).one_or_none()
    seq, previous_hash = (last.seq + 1, last.hash) if last else (1, GENESIS)
    connection.execute(
        insert(event), [event_row(ENGINE, seq, previous_hash, tag=tag, actor=actor, at=at, details=details)]
    )


def chain_broken_at(session: Session, instance_key: int) -> int | None:
    """The number of the first event of an instance that is missing or was changed; None where all are as written."""
    last_seq, last_hash = 0, GENESIS
    query = select(event).where(event.c.process_instance_key == instance_key).order_by(event.c.seq)
    with closing(session.connection().execute(query.execution_options(yield_per=1_000))) as rows:
        for row in rows:
            again = event_row(
                instance_key, row.seq, last_hash, tag=row.tag, actor=row.actor, at=row.at, details=row.details
            )
            if (row.seq, row.hash) != (last_seq + 1, again["hash"]):
                return last_seq + 1
            last_seq, last_hash = row.seq, row.hash
    head = select(instance.c.revision, instance.c.hash).where(instance.c.key == instance_key)
    ends = session.connection().execute(head).one_or_none()
    return last_seq + 1 if ends is not None and tuple(ends) != (last_seq, last_hash) else None
