"""Nobody overwrites what they have not seen: the ETag of what was read comes back as If-Match (RFC 9110, 13.1.1)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import Problem
from workflows.store.keys import instance_of
from workflows.store.tables import ProcessInstance

IfMatch = Annotated[
    str | None,
    Header(description="The ETag of the task or instance as it was read; 412 when its instance has changed since."),
]


def etag(session: Session, key: int) -> dict[str, str]:
    """The header that names the revision of the instance to which this key belongs."""
    return {"ETag": f'"{_revision(session, key)}"'}


def require(session: Session, key: int, if_match: str | None) -> None:
    """Problem 412 when the instance is no longer as the caller saw it; the instance is locked until the commit."""
    if if_match is None or if_match == "*":
        return
    revision = _revision(session, key, lock=True)
    if revision is not None and f'"{revision}"' not in (each.strip() for each in if_match.split(",")):
        raise Problem(412, f"别人已经改过:现在是第 {revision} 版,请重新读取", code="STALE_REVISION")


def _revision(session: Session, key: int, *, lock: bool = False) -> int | None:
    query = select(ProcessInstance.revision).where(ProcessInstance.key == instance_of(key))
    return session.execute(query.with_for_update() if lock else query).scalar_one_or_none()
