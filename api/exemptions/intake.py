"""Taking records of pavement parking, one JSON object a line, to be decided one by one."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from api.bodies import parse_json, require_lines
from api.idempotency import Key, once
from api.permissions import Actor, Permission, needs
from api.problems import Problem
from api.routing import new_router
from api.sessions import WriteSession
from workflows import runtime
from workflows.store.json import NotJson, encode

router = new_router("Exemption", "/cases")
P = Permission

PROCESS = "parking-exemption"
FORM = "parking-record"
MAX_RECORDS = 50_000
MAX_LINE = 4 * 1024  # bytes

Line = dict[str, Any] | str


@dataclass(frozen=True)
class Batch:
    """The lines as they came: the record, or why it is none. ``hash`` tells whether the same is sent again."""

    lines: list[Line]
    hash: str


async def batch(request: Request) -> Batch:
    require_lines(request)
    return await to_thread.run_sync(_read, await request.body())


def _read(body: bytes) -> Batch:
    lines = body.removesuffix(b"\n").split(b"\n") if body.strip() else []
    if not lines:
        raise Problem(400, "没有一条记录:每行一个 JSON 对象", code="NO_RECORDS")
    if len(lines) > MAX_RECORDS:
        raise Problem(413, f"一次最多 {MAX_RECORDS} 条记录,这里有 {len(lines)} 条", code="TOO_MANY_RECORDS")
    return Batch([_line(line) for line in lines], hashlib.sha256(body).hexdigest())


def _line(line: bytes) -> Line:
    if len(line) > MAX_LINE:
        return f"这一行超过 {MAX_LINE // 1024} KB"
    try:
        record = parse_json(line)
    except (NotJson, Problem) as error:
        return str(error)
    return {"record": record} if isinstance(record, dict) else "这一行不是 JSON 对象"


def _by_time(lines: list[Line]) -> list[tuple[int, Line]]:
    """Numbered as they came, in the order of the acts: which of a plate's is the first is not a matter of luck."""

    def act(numbered: tuple[int, Line]) -> tuple[float, int]:
        number, line = numbered
        try:
            return datetime.fromisoformat(line["record"]["at"]).timestamp(), number  # type: ignore[index]
        except (KeyError, OSError, OverflowError, TypeError, ValueError):
            return math.inf, number  # it will be refused

    return sorted(enumerate(lines, 1), key=act)


class Accepted(TypedDict):
    batchOperationKey: str
    total: Annotated[int, Field(description="Lines.")]
    failed: Annotated[int, Field(description="Lines that are no JSON object; each has its error among the records.")]


RECORD = {
    "plate": "湘K12345",
    "at": "2026-03-02T09:30:00+08:00",
    "place": {"lon": 111.9945, "lat": 27.7281, "address": "乐坪大道中段人行道"},
    "corrected": True,
    "evidence": {"reference": "CAM-0031/20260302/000123", "audited": {"by": "样例-审核员", "at": "2026-03-01"}},
}
BODY = {
    "required": True,
    "content": {
        "application/jsonl": {
            "schema": {"type": "string", "description": f"One object a line, at most {MAX_RECORDS} lines."},
            "example": encode(RECORD).decode(),
        }
    },
}


@router.post(
    "/exemptions:batch",
    status_code=202,
    response_model=Accepted,
    dependencies=[needs(P.EXEMPTION_CREATE)],
    openapi_extra={"requestBody": BODY},
    responses={202: {"description": "Kept. ``Location`` shows how far it is and, under it, what came of each line."}},
)
def decide_exemptions(
    actor: Actor,
    key: Key,
    sent: Annotated[Batch, Depends(batch)],
    session: WriteSession,
) -> Response:
    """Have up to 50,000 records of pavement parking decided, each by a process of its own.

    A first offence within the window is told and exempted, what is repeated climbs the ladder. A line that is no record
    has its own error and holds up nobody. Stopped, gone on with and given up like any batch operation.
    """
    scope = f"{actor} POST /cases/exemptions:batch"
    kept = once(session, scope, key, sent.hash, lambda: _keep(session, sent.lines, actor), 202)
    kept.headers["Location"] = f"/cases/exemptions/{parse_json(bytes(kept.body))['batchOperationKey']}"
    return kept


def _keep(session: Session, lines: list[Line], actor: str) -> Accepted:
    made = runtime.create_start_batch(session, PROCESS, _by_time(lines), form_id=FORM, actor=actor)
    return {
        "batchOperationKey": str(made),
        "total": len(lines),
        "failed": sum(isinstance(line, str) for line in lines),
    }
