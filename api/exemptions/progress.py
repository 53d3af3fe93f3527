"""How far a batch of records is, what was decided how often, and what came of each line."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import Field
from sqlalchemy import Row
from typing_extensions import TypedDict

from api.permissions import Permission, needs
from api.problems import Problem
from api.replies import Reply, key, moment
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import KeyParameter
from workflows.governance.violations import Outcome
from workflows.store.queries import exemptions

router = new_router("Exemption", "/cases/exemptions")
P = Permission
DECISION = "parking"

State = Literal["ACTIVE", "COMPLETED", "FAILED", "CANCELED"]


class Progress(TypedDict):
    """``outcomes``: how often each, of those that are decided; ``open``: instances that people are still at."""

    batchOperationKey: str
    state: str
    total: int
    completed: int
    failed: int
    left: int
    outcomes: dict[str, int]
    open: int
    created: str | None
    started: str | None
    ended: str | None


class Record(TypedDict):
    line: int
    state: State
    error: str | None
    record: dict[str, Any] | None
    processInstanceKey: str | None
    processState: str | None
    outcome: Outcome | None
    ending: Annotated[
        str | None,
        Field(description="告知并免罚, 转执法程序, 不予立案 or 转个案办理; null: nothing is decided."),
    ]
    reason: Annotated[str | None, Field(description="Why, in the words of the decision table.")]
    article: Annotated[str | None, Field(description="By which article.")]
    party: str | None
    processed: str | None


class Records(TypedDict):
    items: list[Record]
    next: Annotated[int | None, Field(description="``after`` of the next page; null on the last.")]


@router.get("/{batchOperationKey}", dependencies=[needs(P.BATCH_READ)], response_model=Progress)
def get_exemption_batch(session: ReadSession, batchOperationKey: KeyParameter) -> Response:
    """How far it is. The counts say what was decided, of no department and of nobody (行政处罚法 74)."""
    row = exemptions.batch(session, batchOperationKey)
    if row is None:
        raise Problem(404, f"没有批量记录 {batchOperationKey}")
    decided = exemptions.outcomes(session, row.key)
    return Reply(
        {
            "batchOperationKey": str(row.key),
            "state": row.state,
            "total": row.total,
            "completed": row.completed,
            "failed": row.failed,
            "left": row.total - row.completed - row.failed - row.skipped,
            "outcomes": decided,
            "open": exemptions.open_instances(session, row.key),
            "created": moment(row.created),
            "started": moment(row.started),
            "ended": moment(row.ended),
        }
    )


@router.get("/{batchOperationKey}/records", dependencies=[needs(P.EXEMPTION_CREATE)], response_model=Records)
def list_exemption_records(  # one parameter per filter, as they stand in the address
    session: ReadSession,
    batchOperationKey: KeyParameter,
    *,
    state: State | None = None,
    outcome: Outcome | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
    after: Annotated[int, Query(ge=0, description="``next`` of the page before.")] = 0,
) -> Response:
    """What came of each line, in their order: its error, or its instance, the outcome, how it ended and why."""
    if exemptions.batch(session, batchOperationKey) is None:
        raise Problem(404, f"没有批量记录 {batchOperationKey}")
    rows = exemptions.records(session, batchOperationKey, state=state, outcome=outcome, after=after, limit=limit + 1)
    instances = [row.process_instance_key for row in rows[:limit] if row.process_instance_key is not None]
    decided = exemptions.decisions(session, instances, DECISION)
    page = [_record(row, decided.get(row.process_instance_key) or {}) for row in rows[:limit]]
    return Reply({"items": page, "next": page[-1]["line"] if len(rows) > limit else None})


def _record(row: Row[Any], decision: dict[str, Any]) -> Record:
    return {
        "line": row.item_key,
        "state": row.state,
        "error": row.message,
        "record": row.variables and row.variables["record"],
        "processInstanceKey": key(row.process_instance_key),
        "processState": row.process_state,
        "outcome": row.outcome,
        "ending": decision.get("ending"),
        "reason": decision.get("text"),
        "article": decision.get("article"),
        "party": row.party,
        "processed": moment(row.processed),
    }
