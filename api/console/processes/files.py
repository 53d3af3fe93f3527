"""The files of a version as they were deployed, to draw on: its diagram, and the decisions that its runs take."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import Response
from sqlalchemy import select

from api.console.people import SignedIn, may
from api.permissions import Permission
from api.problems import Problem
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import KeyParameter
from workflows.store.tables import DecisionDefinition, ProcessDefinition

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

router = new_router("Console")
READ = may(Permission.DEFINITION_READ)


@router.get("/processes/{key}/file", dependencies=[READ])
def get_process_file(session: ReadSession, _staff: SignedIn, key: KeyParameter) -> Response:
    return _file(session, ProcessDefinition, key)


@router.get("/decisions/{key}/file", dependencies=[READ])
def get_decision_file(session: ReadSession, _staff: SignedIn, key: KeyParameter) -> Response:
    return _file(session, DecisionDefinition, key)


def _file(session: Session, of: type[ProcessDefinition | DecisionDefinition], key: int) -> Response:
    """Byte for byte, under its own name: deployed unchanged it stays the version that it is."""
    row = session.execute(select(of.xml, of.resource_name).where(of.key == key)).one_or_none()
    if row is None:
        raise Problem(404, "没有这个流程")
    name = quote(PurePosixPath(row.resource_name).name)
    # Never shown in the browser: a diagram is XML of whoever deployed it.
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(row.xml, media_type="application/octet-stream", headers=headers)
