"""Whether the process lives, and whether it can work."""

from __future__ import annotations

from fastapi import Request, Response
from sqlalchemy import select

from api.permissions import public
from api.problems import Problem
from api.replies import Reply
from api.routing import new_router
from workflows.store import read
from workflows.store.tables import Clock

router = new_router("Health")


@router.get("/livez", dependencies=[public("监控探针,不含数据")])
async def get_livez() -> Response:
    """The process answers."""
    return Reply({"status": "ok"})


@router.get("/readyz", dependencies=[public("监控探针,不含数据")])
def get_readyz(request: Request) -> Response:
    """The database answers and has its tables. 503 else."""
    try:
        with read(request.app.state.database) as session:
            session.execute(select(Clock.id).limit(1)).all()
    except Exception as error:
        raise Problem(503, "数据库不可用或尚未迁移", code="NOT_READY", headers={"Retry-After": "5"}) from error
    return Reply({"status": "ok"})
